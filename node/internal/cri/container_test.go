package cri

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	remote "k8s.io/cri-client/pkg"
	utilexec "k8s.io/utils/exec"
)

// box is a runtime with one sandbox, whose containers are real.
type box struct {
	*Runtime
	t       *testing.T
	sandbox string
	logs    string
}

func newBox(t *testing.T) box {
	t.Helper()
	r := newRuntime(t)
	config := pod(t, "web")
	return box{r, t, run(t, r, config), config.LogDirectory}
}

func (b box) start(config *runtimeapi.ContainerConfig) (id string) {
	b.t.Helper()
	id = create(b.t, b.Runtime, b.sandbox, config)
	if err := b.StartContainer(context.Background(), id); err != nil {
		b.t.Fatal(err)
	}
	return id
}

func (b box) status(id string) *runtimeapi.ContainerStatus {
	b.t.Helper()
	answer, err := b.ContainerStatus(context.Background(), id, false)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer.Status
}

func (b box) ended(id string) *runtimeapi.ContainerStatus {
	b.t.Helper()
	eventually(b.t, "the container's end", func() any { return b.status(id) }, func() bool {
		return b.status(id).State == runtimeapi.ContainerState_CONTAINER_EXITED
	})
	return b.status(id)
}

// log is a container's output so far, without times.
func (b box) log() string {
	content, _ := os.ReadFile(filepath.Join(b.logs, "main.log"))
	var lines []string
	for line := range strings.Lines(string(content)) {
		_, line, _ = strings.Cut(line, " ")
		lines = append(lines, line)
	}
	return strings.Join(lines, "")
}

func (b box) logged(text string) {
	b.t.Helper()
	eventually(b.t, "the log to have "+text, func() any { return b.log() }, func() bool { return strings.Contains(b.log(), text) })
}

func (b box) sh(id, script string) (string, error) {
	out, errs, err := b.ExecSync(context.Background(), id, []string{"sh", "-c", script}, 5*time.Second)
	return string(out) + string(errs), err
}

func descriptors() int {
	open, _ := os.ReadDir("/proc/self/fd")
	return len(open)
}

func TestLifeOfAContainer(t *testing.T) {
	t.Parallel()
	if !inNamespaces(t) {
		return
	}
	b := newBox(t)
	before := descriptors()
	id := b.start(shell(`trap 'echo bye; exit 3' TERM; echo hello; echo oops >&2; printf unfinished; while :; do sleep 0.02; done`))
	b.logged("stdout F hello\n")
	b.logged("stderr F oops\n")
	if state := b.status(id).State; state != runtimeapi.ContainerState_CONTAINER_RUNNING {
		t.Errorf("state %s", state)
	}

	if out, err := b.sh(id, "echo $$ $NODE; id -u; ls /usr/local; echo mine > /usr/local/file; touch /usr/bin/x 2>&1 | grep -o Read-only"); err == nil {
		t.Logf("exec: %s", out)
		if !strings.Contains(out, "node\n0\n") || !strings.HasSuffix(out, "Read-only\n") || strings.Count(out, "\n") != 3 {
			t.Errorf("inside: %q", out)
		}
	} else {
		t.Error(err)
	}
	var exit utilexec.CodeExitError
	if _, err := b.sh(id, "exit 5"); !errors.As(err, &exit) || exit.Code != 5 {
		t.Errorf("exit code of an exec: %v", err)
	}

	if err := b.StopContainer(context.Background(), id, 5); err != nil {
		t.Error(err)
	}
	status := b.ended(id)
	if status.ExitCode != 3 || status.Reason != "Error" || !strings.Contains(b.log(), "stdout F unfinishedbye\n") {
		t.Errorf("ended with %v, log:\n%s", status, b.log())
	}
	if _, err := b.sh(id, "true"); err == nil || !strings.Contains(err.Error(), "container is in CONTAINER_EXITED state") {
		t.Errorf("exec in a container that ended: %v", err)
	}
	if err := b.StartContainer(context.Background(), id); err == nil {
		t.Error("a container starts twice")
	}
	for range 2 {
		if err := errors.Join(b.StopContainer(context.Background(), id, 5), b.RemoveContainer(context.Background(), id), b.RemovePodSandbox(context.Background(), b.sandbox)); err != nil {
			t.Error(err)
		}
	}
	if left, _ := os.ReadDir(filepath.Join(b.root, "containers")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	eventually(t, "all files to be closed", func() any { return descriptors() }, func() bool { return descriptors() <= before })
}

func TestSIGKILLAfterTheGrace(t *testing.T) {
	t.Parallel()
	if !inNamespaces(t) {
		return
	}
	b := newBox(t)
	id := b.start(shell(`trap '' TERM; echo ready; while :; do sleep 1; done`))
	b.logged("ready")
	if err := b.StopContainer(context.Background(), id, 1); err != nil {
		t.Error(err)
	}
	if status := b.ended(id); status.ExitCode != 137 {
		t.Errorf("%v", status)
	}
}

func TestAStartThatFailsSaysWhyAndLeavesNothing(t *testing.T) {
	t.Parallel()
	if !inNamespaces(t) {
		return
	}
	b := newBox(t)
	before := descriptors()
	for name, tty := range map[string]bool{"pipes": false, "terminal": true} {
		config := shell("")
		config.Command, config.Args, config.Tty = []string{"/no/such/program"}, nil, tty
		id := create(t, b.Runtime, b.sandbox, config)
		err := b.StartContainer(context.Background(), id)
		if err == nil || !strings.Contains(err.Error(), "failed to start container: executable file `/no/such/program` not found in $PATH: No such file or directory") {
			t.Errorf("%s: %v", name, err)
		}
		if status := b.status(id); status.ExitCode != 128 || status.Reason != "StartError" {
			t.Errorf("%s: %v", name, status)
		}
	}
	eventually(t, "all files to be closed", func() any { return descriptors() }, func() bool { return descriptors() <= before })
}

func TestATerminal(t *testing.T) {
	t.Parallel()
	if !inNamespaces(t) {
		return
	}
	b := newBox(t)
	config := shell(`test -t 0 && echo "$TERM $(stty size)"; read line; echo "got $line"`)
	config.Tty, config.Stdin, config.StdinOnce = true, true, true
	before := descriptors()
	id := b.start(config)
	b.logged("xterm")
	var out bytes.Buffer
	if err := (streamer{b.Runtime}).Attach(context.Background(), id, strings.NewReader("text\n"), nopCloser{&out}, nil, true, nil); err != nil {
		t.Error(err)
	}
	if status := b.ended(id); status.ExitCode != 0 || !strings.Contains(out.String(), "got text") {
		t.Errorf("%v, attached saw %q", status, out.String())
	}
	if err := (streamer{b.Runtime}).Attach(context.Background(), id, nil, nopCloser{&out}, nil, true, nil); err == nil {
		t.Error("attached to a container that has ended: kubectl would not show its log")
	}
	eventually(t, "all files to be closed", func() any { return descriptors() }, func() bool { return descriptors() <= before })
}

func TestAnExecOnATerminalHasTheContainersEnvironment(t *testing.T) {
	t.Parallel()
	if !inNamespaces(t) {
		return
	}
	b := newBox(t)
	id := b.start(shell(`sleep 60`))
	var out bytes.Buffer
	err := (streamer{b.Runtime}).Exec(context.Background(), id, []string{"sh", "-c", `echo "$TERM $NODE"; tty; exit 5`}, nil, nopCloser{&out}, nil, true, nil)
	var exit utilexec.CodeExitError
	if !errors.As(err, &exit) || exit.Code != 5 {
		t.Errorf("exit code: %v", err)
	}
	if !strings.Contains(out.String(), "xterm node\r\n/dev/pts/") {
		t.Errorf("inside: %q", out.String())
	}
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

func TestAStuckClientDoesNotKeepAContainerFromEnding(t *testing.T) {
	t.Parallel()
	if !inNamespaces(t) {
		return
	}
	b := newBox(t)
	id := b.start(shell(`while :; do echo line; done`))
	reader, writer := io.Pipe() // nobody reads: a kubectl attach that is suspended
	defer func() { _ = reader.Close() }()
	attached := make(chan error, 1)
	go func() {
		attached <- streamer{b.Runtime}.Attach(context.Background(), id, nil, writer, nil, false, nil)
	}()
	c, _ := b.get(id)
	eventually(t, "the attachment", func() any { return "none" }, func() bool {
		c.out.mu.Lock()
		defer c.out.mu.Unlock()
		return len(c.out.subscribers) == 1
	})
	if err := b.StopContainer(context.Background(), id, 0); err != nil {
		t.Error(err)
	}
	b.ended(id)
	if err := <-attached; err != nil {
		t.Error(err)
	}
}

func TestProbesThatRunLate(t *testing.T) {
	t.Parallel()
	if !inNamespaces(t) {
		return
	}
	b := newBox(t)
	id := b.start(shell("sleep 60"))
	_, _, err := b.ExecSync(context.Background(), id, []string{"sleep", "61"}, 200*time.Millisecond)
	if !errors.Is(err, remote.ErrCommandTimedOut) {
		t.Errorf("timed out with %v", err)
	}
	eventually(t, "the late command's end", func() any { return commands() }, func() bool { return !strings.Contains(commands(), "sleep 61") })

	out, err := b.sh(id, "sleep 62 & echo started")
	if err != nil || out != "started\n" {
		t.Errorf("a probe that leaves a process behind: %q, %v", out, err)
	}
	started := time.Now()
	if err := b.StopContainer(context.Background(), id, 0); err != nil || time.Since(started) > reapInterval {
		t.Errorf("the container took %s to end: %v", time.Since(started), err)
	}
}

// commands are the command lines of all processes of this test.
func commands() string {
	var all []string
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		content, _ := os.ReadFile(file)
		all = append(all, strings.TrimRight(strings.ReplaceAll(string(content), "\x00", " "), " "))
	}
	return strings.Join(all, "\n")
}

func TestAUserThatIsNotRoot(t *testing.T) {
	t.Parallel()
	if !inNamespaces(t) {
		return
	}
	b := newBox(t)
	config := shell(`id -u; id -g; sleep 60`)
	config.Linux.SecurityContext.RunAsUser = &runtimeapi.Int64Value{Value: 1000}
	config.Linux.SecurityContext.RunAsGroup = &runtimeapi.Int64Value{Value: 3000}
	id := b.start(config)
	b.logged("stdout F 1000\nstdout F 3000\n")
	if out, err := b.sh(id, "id -u"); err != nil || out != "1000\n" {
		t.Errorf("exec: %q, %v", out, err)
	}
}

func TestVolumes(t *testing.T) {
	t.Parallel()
	if !inNamespaces(t) {
		return
	}
	b := newBox(t)
	outer, inner, missing := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "a/b")
	page := filepath.Join(inner, "index.html")
	if err := os.WriteFile(page, []byte("mine\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	config := shell(`exec 2>&1; cat /usr/share/nginx/html/index.html /data/inner/index.html; touch /data/inner/x || touch /data/y /missing/z; ls /usr/share | wc -l; pwd`)
	config.WorkingDir = "/usr/share/none/here"
	config.Mounts = []*runtimeapi.Mount{
		{HostPath: inner, ContainerPath: "/data/inner", Readonly: true},
		{HostPath: outer, ContainerPath: "/data"},
		{HostPath: inner, ContainerPath: "/usr/share/nginx/html", Readonly: true},
		{HostPath: missing, ContainerPath: "/missing"},
	}
	id := b.start(config)
	status := b.ended(id)
	host, _ := os.ReadDir("/usr/share")
	if log := b.log(); status.ExitCode != 0 || !strings.Contains(log, "F mine\nstdout F mine\n") || !strings.Contains(log, "stdout F /usr/share/none/here\n") ||
		!strings.Contains(log, "Read-only") || !strings.Contains(log, "F "+strconv.Itoa(len(host)+2)) && !strings.Contains(log, "F "+strconv.Itoa(len(host)+1)) {
		t.Errorf("%v\n%s", status, log)
	}
	for _, made := range []string{filepath.Join(outer, "y"), filepath.Join(missing, "z")} {
		if _, err := os.Stat(made); err != nil {
			t.Error(err)
		}
	}
}

func TestTheNodesProcesses(t *testing.T) {
	t.Parallel()
	if !inNamespaces(t) {
		return
	}
	b := newBox(t)
	config := shell(`sleep 63 & echo started; wait`)
	config.Linux.SecurityContext.NamespaceOptions.Pid = runtimeapi.NamespaceMode_NODE
	id := b.start(config)
	b.logged("started")
	if out, err := b.sh(id, "kill -0 "+strconv.Itoa(os.Getpid())); err != nil {
		t.Errorf("hostPID does not see the node's processes: %s %v", out, err)
	}
	if err := b.StopContainer(context.Background(), id, 0); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(commands(), "sleep 63") {
		t.Error("a process of a hostPID container outlives it")
	}
}

func TestDebuggingATarget(t *testing.T) {
	t.Parallel()
	if !inNamespaces(t) {
		return
	}
	b := newBox(t)
	target := b.start(shell("sleep 64"))
	config := shell(`tr '\0' ' ' < /proc/1/cmdline; echo; sleep 65`)
	config.Metadata.Name, config.LogPath = "debugger", "main.log"
	config.Linux.SecurityContext.NamespaceOptions = &runtimeapi.NamespaceOption{Network: runtimeapi.NamespaceMode_NODE, Pid: runtimeapi.NamespaceMode_TARGET, TargetId: target}
	id := b.start(config)
	b.logged("sleep 64")
	if err := b.StopContainer(context.Background(), id, 0); err != nil {
		t.Fatal(err)
	}
	if seen := commands(); strings.Contains(seen, "sleep 65") || !strings.Contains(seen, "sleep 64") {
		t.Errorf("left are:\n%s", seen)
	}
	if err := b.StopContainer(context.Background(), target, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := b.CreateContainer(context.Background(), b.sandbox, config, nil); err == nil {
		t.Error("the target of a debugger may have ended")
	}
}

func TestZombiesAreReaped(t *testing.T) {
	t.Parallel()
	if !inNamespaces(t) {
		return
	}
	b := newBox(t)
	id := b.start(shell("sleep 60"))
	for range 5 {
		if _, err := b.sh(id, "true & true"); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.StopContainer(context.Background(), id, 0); err != nil {
		t.Fatal(err)
	}
	eventually(t, "no zombies", func() any { return zombies() }, func() bool { return len(zombies()) == 0 })
	if _, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); !errors.Is(err, syscall.ECHILD) {
		t.Errorf("children are left: %v", err)
	}
}
