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

const (
	// outputGrace is how long a container's output is still read after its process ended: a child of it may hold the pipe.
	outputGrace = 2 * time.Second
	// startLimit is how long crun may take to start a container: the kubelet's own limit for a call of a runtime.
	startLimit = 2 * time.Minute
	// forgetLimit is how long crun may take to forget a container that ended.
	forgetLimit = 10 * time.Second
)

func (r *Runtime) crun(ctx context.Context, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "crun", append([]string{"--root", filepath.Join(r.root, "crun"), "--cgroup-manager=disabled"}, args...)...)
}

// StartContainer runs crun and follows the container's process until it ends.
func (r *Runtime) StartContainer(_ context.Context, id string) error {
	c, err := r.in(id, runtimeapi.ContainerState_CONTAINER_CREATED)
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
	var err error
	if c.streams, err = openStreams(c.config.Tty, c.config.Stdin); err != nil {
		return nil, err
	}
	c.pid, err = r.run(c)
	c.streams.closeTheirs()
	if err == nil {
		err = c.streams.takeConsole()
	}
	if err == nil {
		c.process, err = os.FindProcess(c.pid)
	}
	if err != nil {
		r.forget(c) // what crun began must not run on
		c.streams.close()
		return nil, err
	}
	c.mounts, _ = os.Readlink(fmt.Sprintf("/proc/%d/ns/mnt", c.pid)) // fails for a process that has ended
	return c.streams.drain(c.out), nil
}

// run is `crun run`. It returns the container's process.
func (r *Runtime) run(c *container) (pid int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	pidFile, errorLog := filepath.Join(c.dir, "pid"), filepath.Join(c.dir, "crun.log")
	args := []string{"--log", errorLog, "run", "--detach", "--bundle", c.dir, "--pid-file", pidFile}
	if c.streams.socket != "" {
		args = append(args, "--console-socket", c.streams.socket)
	}
	cmd := r.crun(ctx, append(args, c.id)...)
	c.streams.attachTo(cmd)
	if err := cmd.Run(); ctx.Err() != nil {
		return 0, fmt.Errorf("crun did not end within %s", startLimit)
	} else if err != nil {
		return 0, errors.New(crunMessage(errorLog, err))
	}
	content, err := os.ReadFile(pidFile)
	if err != nil {
		return 0, err
	}
	_, err = fmt.Sscan(string(content), &pid)
	return pid, err
}

// forget makes crun end and forget a container. There may be nothing left to forget, so what it says does not matter.
func (r *Runtime) forget(c *container) {
	ctx, cancel := context.WithTimeout(context.Background(), forgetLimit)
	defer cancel()
	_ = r.crun(ctx, "delete", "-f", c.id).Run()
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
	if !c.ownProcesses() {
		endAllIn(c.mounts)
	}
	waitAtMost(drained, outputGrace)
	c.streams.close()
	r.forget(c)
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
	_ = c.process.Release()
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
	c, err := r.running(id)
	if err != nil {
		return nil
	}
	if timeout > 0 {
		_ = c.process.Signal(c.stopSignal())
		select {
		case <-c.done:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(timeout) * time.Second):
		}
	}
	_ = c.process.Kill() // first process of its pid namespace: the kernel kills the rest
	select {
	case <-c.done:
		return nil
	case <-time.After(outputGrace + forgetLimit):
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
