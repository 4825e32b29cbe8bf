// Package unshared runs tests as root of namespaces of their own, which needs no rights on most hosts.
package unshared

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

const mark = "TEST_IS_UNSHARED"

// Test runs the calling test again, alone, in a new user, mount and process namespace and those that further options of
// unshare(1) name. It returns true there; a test returns where it is false. Without leave to make namespaces the test is
// skipped.
func Test(t *testing.T, further ...string) bool {
	t.Helper()
	if os.Getenv(mark) == t.Name() {
		return true
	}
	options := append([]string{"--user", "--map-root-user", "--pid", "--fork", "--mount", "--mount-proc", "--kill-child"}, further...)
	if out, err := exec.Command("unshare", append(options, "true")...).CombinedOutput(); err != nil {
		t.Skipf("namespaces are not allowed here: %v: %s", err, out)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	again := exec.Command("unshare", append(options, self, "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=60s")...)
	again.Env = append(os.Environ(), mark+"="+t.Name())
	out, err := again.CombinedOutput()
	switch {
	case err != nil:
		t.Errorf("%v\n%s", err, out)
	case strings.Contains(string(out), "--- SKIP"):
		t.Skipf("%s", out)
	}
	return false
}
