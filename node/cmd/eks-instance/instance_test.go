package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"eks-local/node/internal/unshared"
)

// asProgram makes the tests' binary the program itself, which is its own second stage.
const asProgram = "TEST_BINARY_IS_EKS_INSTANCE"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// instance is a command line of the program; what runs on the instance is a shell's script.
func instance(t *testing.T, root, script string, options ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	line := append([]string{"--root", root, "--hostname", "ip-10-0-0-5.ec2.internal", "--nameserver", "10.0.0.2"}, options...)
	command := exec.Command(self, append(line, "--", "sh", "-c", script)...)
	command.Env = append(os.Environ(), asProgram+"=1")
	return command
}

// begin starts a script that says "ready", and returns when it has.
func begin(t *testing.T, script string, options ...string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	command := instance(t, t.TempDir(), script, options...)
	pipe, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(pipe)
	if line, err := lines.ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("%q, %v", line, err)
	}
	return command, lines
}

func TestWhatAnInstanceShows(t *testing.T) {
	t.Parallel()
	if !unshared.Test(t, "--net") {
		return
	}
	given, root := t.TempDir(), filepath.Join(t.TempDir(), "made")
	if err := os.WriteFile(filepath.Join(given, "file"), []byte("given\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for script, want := range map[string]string{
		"hostname":             "ip-10-0-0-5.ec2.internal\n",
		"cat /etc/resolv.conf": "search ec2.internal\nnameserver 10.0.0.2\n",
		"ls -A /root /home":    "/home:\n\n/root:\n",
		"test -e " + given + " || test -e /.host/etc; echo $?":                                   "1\n",
		"touch /usr/x /etc/ssl/x 2>&1 | grep -c 'Read-only file system'":                         "2\n",
		"echo $$; cat /proc/1/comm":                                                              "1\nsh\n",
		"ls /sys/fs/cgroup /sys/class/net":                                                       "/sys/class/net:\nlo\n\n/sys/fs/cgroup:\n",
		"echo x > /dev/null; head -c 2 /dev/zero | wc -c; test -c /dev/ptmx; echo $?":            "2\n0\n",
		"cat /deep/er/file /one; touch /deep/er/x 2>&1 | grep -o Read-only; touch /rw/x; ls /rw": "given\ngiven\nRead-only\nfile\nx\n",
	} {
		out, err := instance(t, root, script, "--bind", given+":/deep/er:ro", "--bind", given+":/rw", "--bind", given+"/file:/one").CombinedOutput()
		if err != nil || string(out) != want {
			t.Errorf("%s: %q, %v, want %q", script, out, err, want)
		}
	}
}

func TestARootIsKept(t *testing.T) {
	t.Parallel()
	if !unshared.Test(t, "--net") {
		return
	}
	root, other := t.TempDir(), filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(other, []byte("the host's"), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := instance(t, root, "echo kept > /var/log/x; ln -sf "+other+" /etc/resolv.conf").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if out, err := instance(t, root, "cat /var/log/x; head -1 /etc/resolv.conf").CombinedOutput(); err != nil || string(out) != "kept\nsearch ec2.internal\n" {
		t.Errorf("%q, %v", out, err)
	}
	if content, _ := os.ReadFile(other); string(content) != "the host's" {
		t.Errorf("through a link that the instance left, a file of the host became %q", content)
	}
}

func TestTheStatusIsTheCommands(t *testing.T) {
	t.Parallel()
	if !unshared.Test(t, "--net") {
		return
	}
	for script, want := range map[string]int{"exit 0": 0, "exit 4": 4, "exec /no/such/program": 127} {
		command := instance(t, t.TempDir(), script)
		if _ = command.Run(); command.ProcessState.ExitCode() != want {
			t.Errorf("%s: %s", script, command.ProcessState)
		}
	}
	command, _ := begin(t, "echo ready; sleep 60")
	children, _ := filepath.Glob("/proc/[0-9]*/root/etc/hostname") // the instance's processes have one
	for _, path := range children {
		if content, _ := os.ReadFile(path); string(content) == "ip-10-0-0-5.ec2.internal\n" {
			_ = exec.Command("kill", "-KILL", strings.Split(path, "/")[2]).Run()
		}
	}
	if _ = command.Wait(); command.ProcessState.ExitCode() != 128+9 {
		t.Errorf("killed: %s", command.ProcessState)
	}
}

func TestSIGTERMIsPassedOn(t *testing.T) {
	t.Parallel()
	if !unshared.Test(t, "--net") {
		return
	}
	command, lines := begin(t, `sleep 60 & trap "echo ended; exit 5" TERM; echo ready; while :; do sleep 0.02; done`)
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	// The output ends when no process holds it any more: also what the command left behind has ended.
	if rest, err := io.ReadAll(lines); err != nil || string(rest) != "ended\n" {
		t.Errorf("%q, %v", rest, err)
	}
	if _ = command.Wait(); command.ProcessState.ExitCode() != 5 {
		t.Errorf("%s", command.ProcessState)
	}
}

func TestHoldReapsAndEndsBySIGTERM(t *testing.T) {
	t.Parallel()
	if !unshared.Test(t, "--net") {
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	orphans := "for i in 1 2 3; do (sh -c true & sleep 0.01 &); done; until ps -o comm= -p 1 | grep -q hold && ! ps -eo stat= | grep -q Z; do sleep 0.01; done; echo ready"
	command, _ := begin(t, "("+orphans+") & exec /hold hold", "--bind", self+":/hold:ro")
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Error(err)
	}
}

func TestAllEndsWithTheProgram(t *testing.T) {
	t.Parallel()
	if !unshared.Test(t, "--net") {
		return
	}
	command, lines := begin(t, "echo ready; sleep 60")
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(lines); err != nil { // or the test does not end
		t.Error(err)
	}
	_ = command.Wait()
}
