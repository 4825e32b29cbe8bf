package cri

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func TestCrunMessage(t *testing.T) {
	failed := errors.New("exit status 1")
	for logged, want := range map[string]string{
		"": "exit status 1", " \n": "exit status 1",
		"2026-11-23T09:21:56.123456Z: executable file `x` not found in $PATH: No such file or directory\n": "executable file `x` not found in $PATH: No such file or directory",
		"mount `proc` to `proc`: Operation not permitted\n":                                                "mount `proc` to `proc`: Operation not permitted",
		"2026-11-23T09:21:56.123456Z: first\nsecond\n":                                                     "first\nsecond",
	} {
		path := filepath.Join(t.TempDir(), "crun.log")
		if err := os.WriteFile(path, []byte(logged), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := crunMessage(path, failed); got != want {
			t.Errorf("%q: %q, want %q", logged, got, want)
		}
	}
	if got := crunMessage("/no/such/file", failed); got != "exit status 1" {
		t.Errorf("without a log: %q", got)
	}
}

func TestStopSignal(t *testing.T) {
	for asked, want := range map[runtimeapi.Signal]syscall.Signal{
		runtimeapi.Signal_RUNTIME_DEFAULT: syscall.SIGTERM, runtimeapi.Signal_SIGQUIT: syscall.SIGQUIT,
		runtimeapi.Signal_SIGUSR1: syscall.SIGUSR1, runtimeapi.Signal_SIGKILL: syscall.SIGKILL,
	} {
		if got := (&container{config: &runtimeapi.ContainerConfig{StopSignal: asked}}).stopSignal(); got != want {
			t.Errorf("%s: %s", asked, got)
		}
	}
}

func TestOnlyARunningContainerIsEntered(t *testing.T) {
	r := newRuntime(t)
	ctx := context.Background()
	id := create(t, r, run(t, r, pod(t, "web")), shell("true"))
	const want = "container is in CONTAINER_CREATED state"
	if _, _, err := r.ExecSync(ctx, id, []string{"true"}, 0); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("exec: %v", err)
	}
	if err := (streamer{r}).Attach(ctx, id, nil, nil, nil, false, nil); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("attach: %v", err)
	}
	if err := r.ReopenContainerLog(ctx, id); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("reopen: %v", err)
	}
	if err := r.StopContainer(ctx, id, 1); err != nil {
		t.Errorf("stop: %v", err)
	}
}

func TestAContainerMayBeNamedByTheBeginningOfItsID(t *testing.T) {
	r := newRuntime(t)
	id := create(t, r, run(t, r, pod(t, "web")), shell("true"))
	for name, found := range map[string]bool{id: true, id[:12]: true, id[:11]: false, "": false} {
		if _, err := r.get(name); (err == nil) != found {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestALogFolderThatIsNotThere(t *testing.T) {
	r := newRuntime(t)
	config := pod(t, "web")
	config.LogDirectory = filepath.Join(config.LogDirectory, "gone")
	id := create(t, r, run(t, r, config), shell("true"))
	if err := r.StartContainer(context.Background(), id); err == nil || !strings.Contains(err.Error(), "main.log") {
		t.Errorf("%v", err)
	}
}

func TestOutputOfProbesIsLimited(t *testing.T) {
	var l limited
	for range 40 {
		n, err := l.Write(make([]byte, 1<<20))
		if n != 1<<20 || err != nil {
			t.Fatal(n, err)
		}
	}
	if len(l.kept) != mostOutput {
		t.Error(fmt.Sprint(len(l.kept)))
	}
}
