package cri

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/creack/pty"
	spec "github.com/opencontainers/runtime-spec/specs-go"
	"k8s.io/client-go/tools/remotecommand"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	remote "k8s.io/cri-client/pkg"
	utilexec "k8s.io/utils/exec"
)

// ExecSync runs a command in a container: probes and hooks.
func (r *Runtime) ExecSync(ctx context.Context, id string, command []string, timeout time.Duration) (stdout, stderr []byte, err error) {
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	var out, errs limited
	err = r.exec(ctx, id, command, session{out: &out, err: &errs, linger: outputGrace})
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil, nil, fmt.Errorf("%w: %q timed out after %s", remote.ErrCommandTimedOut, strings.Join(command, " "), timeout)
	}
	return out.kept, errs.kept, err
}

// limited keeps the beginning of what is written, as much as containerd keeps of a probe's or a hook's output.
type limited struct{ kept []byte }

const mostOutput = 16 << 20

func (l *limited) Write(b []byte) (int, error) {
	l.kept = append(l.kept, b[:min(len(b), mostOutput-len(l.kept))]...)
	return len(b), nil
}

// session is the other end of an exec.
type session struct {
	in       io.Reader
	out, err io.Writer
	tty      bool
	resize   <-chan remotecommand.TerminalSize
	linger   time.Duration // how long output is read from what the command left running; 0 is for ever
}

func (r *Runtime) exec(ctx context.Context, id string, command []string, s session) error {
	c, err := r.running(id)
	if err != nil {
		return err
	}
	cmd := r.enter(ctx, c, command, s.tty)
	cmd.Cancel = func() error {
		endChildren(cmd.Process.Pid)
		return cmd.Process.Kill()
	}
	cmd.WaitDelay = s.linger
	if s.tty {
		err = runOnTerminal(cmd, s)
	} else {
		err = runOnPipes(cmd, s)
	}
	if errors.Is(err, exec.ErrWaitDelay) {
		return nil // the command itself succeeded
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return utilexec.CodeExitError{Err: fmt.Errorf("command terminated with exit code %d", exit.ExitCode()), Code: exit.ExitCode()}
	}
	return err
}

var nsenterFlags = map[spec.LinuxNamespaceType]string{spec.UserNamespace: "--user", spec.MountNamespace: "--mount",
	spec.PIDNamespace: "--pid", spec.NetworkNamespace: "--net", spec.IPCNamespace: "--ipc", spec.UTSNamespace: "--uts"}

// enter is the command that runs another one in a container.
func (r *Runtime) enter(ctx context.Context, c *container, command []string, tty bool) *exec.Cmd {
	if c.userNS { // crun exec cannot join a user namespace that lacks uid 0
		args := []string{"--target", fmt.Sprint(c.pid), "--root", "--wd", "--preserve-credentials"}
		for _, namespace := range c.namespaces {
			args = append(args, nsenterFlags[namespace.Type])
		}
		cmd := exec.CommandContext(ctx, "nsenter", append(args, command...)...)
		cmd.Env = c.env
		if tty {
			cmd.Env = append(slices.Clone(c.env), terminalType)
		}
		return cmd
	}
	args := []string{"exec"}
	if tty {
		args = append(args, "--tty")
		// crun takes the variables it is given for all there are.
		for _, variable := range append(slices.Clone(c.env), terminalType) {
			args = append(args, "--env", variable)
		}
	}
	return r.crun(ctx, append(append(args, c.id), command...)...)
}

func runOnTerminal(cmd *exec.Cmd, s session) error {
	terminal, err := pty.Start(cmd)
	if err != nil {
		return err
	}
	defer func() { _ = terminal.Close() }()
	go resize(terminal, s.resize)
	if s.in != nil {
		go func() { _, _ = io.Copy(terminal, s.in) }()
	}
	if s.out != nil {
		_, _ = io.Copy(s.out, terminal)
	}
	return cmd.Wait()
}

func runOnPipes(cmd *exec.Cmd, s session) error {
	cmd.Stdout, cmd.Stderr = s.out, s.err
	if s.in != nil {
		stdin, err := cmd.StdinPipe()
		if err != nil {
			return err
		}
		go func() { _, _ = io.Copy(stdin, s.in); _ = stdin.Close() }()
	}
	return cmd.Run()
}

// streamer is what the streaming server calls back; its method names clash with the CRI's.
type streamer struct{ runtime *Runtime }

// Exec serves `kubectl exec`.
func (s streamer) Exec(ctx context.Context, id string, cmd []string, in io.Reader, out, errs io.WriteCloser, tty bool, resize <-chan remotecommand.TerminalSize) error {
	session := session{in: in, tty: tty, resize: resize}
	if out != nil {
		session.out = out
	}
	if errs != nil {
		session.err = errs
	}
	return s.runtime.exec(ctx, id, cmd, session)
}

// Attach serves `kubectl attach` and `kubectl run -it`.
func (s streamer) Attach(ctx context.Context, id string, in io.Reader, out, errs io.WriteCloser, _ bool, sizes <-chan remotecommand.TerminalSize) error {
	c, err := s.runtime.running(id)
	if err != nil {
		return err // kubectl then shows the log of a container that has already ended
	}
	var stdout, stderr io.Writer
	if out != nil {
		stdout = out
	}
	if errs != nil {
		stderr = errs
	}
	defer c.out.attach(stdout, stderr)()
	if c.streams.terminal {
		go resize(c.streams.in, sizes)
	}
	if in != nil && c.streams.in != nil {
		go func() {
			_, _ = io.Copy(c.streams.in, in)
			if c.config.StdinOnce && !c.config.Tty {
				_ = c.streams.in.Close()
			}
		}()
	}
	select {
	case <-c.done:
	case <-ctx.Done():
	}
	return nil
}

// PortForward serves `kubectl port-forward` from inside the Pod's network.
func (s streamer) PortForward(_ context.Context, id string, port int32, stream io.ReadWriteCloser) error {
	s.runtime.mu.Lock()
	box := s.runtime.sandboxes[id]
	s.runtime.mu.Unlock()
	if box == nil {
		return notFound("sandbox", id)
	}
	conn, err := dialIn(box.netns, fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	go func() {
		_, _ = io.Copy(conn, stream)
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.CloseWrite()
		}
	}()
	_, _ = io.Copy(stream, conn)
	return nil
}

// Exec gives the URL on which the streaming server will serve an exec.
func (r *Runtime) Exec(_ context.Context, q *runtimeapi.ExecRequest) (*runtimeapi.ExecResponse, error) {
	return r.stream.GetExec(q)
}

// Attach gives the URL on which the streaming server will serve an attach.
func (r *Runtime) Attach(_ context.Context, q *runtimeapi.AttachRequest) (*runtimeapi.AttachResponse, error) {
	return r.stream.GetAttach(q)
}

// PortForward gives the URL on which the streaming server will serve a port-forward.
func (r *Runtime) PortForward(_ context.Context, q *runtimeapi.PortForwardRequest) (*runtimeapi.PortForwardResponse, error) {
	return r.stream.GetPortForward(q)
}
