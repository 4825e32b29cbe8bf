package cri

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// outputGrace is how long a container's output is still read after its process ended: a child of it may hold the pipe.
const outputGrace = 2 * time.Second

func (r *Runtime) crun(args ...string) *exec.Cmd {
	return exec.Command("crun", append([]string{"--root", filepath.Join(r.root, "crun"), "--cgroup-manager=disabled"}, args...)...)
}

// StartContainer runs crun and follows the container's process until it ends.
func (r *Runtime) StartContainer(_ context.Context, id string) error {
	c, err := r.get(id)
	if err != nil {
		return err
	}
	if c.out, err = newLogger(c.logPath); err != nil {
		return err
	}
	drained, err := r.launch(c)
	if err != nil {
		r.mu.Lock()
		c.state, c.started, c.finished = runtimeapi.ContainerState_CONTAINER_EXITED, time.Now().UnixNano(), time.Now().UnixNano()
		c.exitCode, c.reason, c.message = 128, "StartError", err.Error()
		r.mu.Unlock()
		c.out.close()
		close(c.done)
		return fmt.Errorf("failed to start container: %w", err)
	}
	r.mu.Lock()
	c.state, c.started = runtimeapi.ContainerState_CONTAINER_RUNNING, time.Now().UnixNano()
	r.mu.Unlock()
	go r.follow(c, drained)
	return nil
}

// launch starts the process; the returned group is done when all its output is written to the log.
func (r *Runtime) launch(c *container) (*sync.WaitGroup, error) {
	pidFile, errorLog := filepath.Join(c.dir, "pid"), filepath.Join(c.dir, "crun.log")
	args := []string{"--log", errorLog, "run", "--detach", "--bundle", c.dir, "--pid-file", pidFile}
	io, err := openStreams(c)
	if err != nil {
		return nil, err
	}
	if io.socket != "" {
		args = append(args, "--console-socket", io.socket)
	}
	cmd := r.crun(append(args, c.id)...)
	io.attachTo(cmd)
	err = cmd.Run()
	io.closeChildEnds()
	if err != nil {
		io.closeOurEnds()
		return nil, errors.New(crunMessage(errorLog, err))
	}
	content, err := os.ReadFile(pidFile)
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Sscan(string(content), &c.pid); err != nil {
		return nil, err
	}
	return io.drain(c)
}

// crunMessage is what crun logged, without its time stamp.
func crunMessage(path string, err error) string {
	content, _ := os.ReadFile(path)
	message := strings.TrimSpace(string(content))
	if stamp, rest, ok := strings.Cut(message, ": "); ok && strings.HasPrefix(stamp, "20") {
		message = rest
	}
	if message == "" {
		return err.Error()
	}
	return message
}

// follow waits for the container's process and records how it ended.
func (r *Runtime) follow(c *container, drained *sync.WaitGroup) {
	status := await(c.pid)
	waitAtMost(drained, outputGrace)
	_ = r.crun("delete", "-f", c.id).Run()
	r.mu.Lock()
	c.state, c.finished = runtimeapi.ContainerState_CONTAINER_EXITED, time.Now().UnixNano()
	c.exitCode, c.reason = int32(status.ExitStatus()), "Completed"
	if status.Signaled() {
		c.exitCode = int32(128 + status.Signal())
	}
	if c.exitCode != 0 {
		c.reason = "Error"
	}
	r.mu.Unlock()
	c.out.close()
	close(c.done)
}

// await reaps one process. crun's intermediate process may live a moment longer than crun; until it is gone, the
// container's is not yet our child, and the kernel offers nothing to wait on but asking again.
func await(pid int) (status syscall.WaitStatus) {
	again := time.NewTicker(2 * time.Millisecond)
	defer again.Stop()
	for {
		_, err := syscall.Wait4(pid, &status, 0, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if !errors.Is(err, syscall.ECHILD) || syscall.Kill(pid, 0) != nil {
			return status
		}
		<-again.C
	}
}

func waitAtMost(group *sync.WaitGroup, limit time.Duration) {
	done := make(chan struct{})
	go func() { group.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(limit):
	}
}

// StopContainer sends the stop signal, then SIGKILL after timeout seconds. Idempotent.
func (r *Runtime) StopContainer(ctx context.Context, id string, timeout int64) error {
	c, err := r.get(id)
	if err != nil {
		return nil
	}
	r.mu.Lock()
	running := c.state == runtimeapi.ContainerState_CONTAINER_RUNNING
	r.mu.Unlock()
	if !running {
		return nil
	}
	if timeout > 0 {
		_ = syscall.Kill(c.pid, c.stopSignal())
		select {
		case <-c.done:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(timeout) * time.Second):
		}
	}
	_ = syscall.Kill(c.pid, syscall.SIGKILL) // first process of its pid namespace: the kernel kills the rest
	select {
	case <-c.done:
		return nil
	case <-time.After(outputGrace + 10*time.Second):
		return fmt.Errorf("container %s (pid %d) did not end on SIGKILL", c.id, c.pid)
	}
}

func (c *container) stopSignal() syscall.Signal {
	if c.config.StopSignal != 0 {
		if s := unix.SignalNum(c.config.StopSignal.String()); s != 0 {
			return s
		}
	}
	return syscall.SIGTERM
}
