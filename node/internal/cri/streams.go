package cri

import (
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"
	"k8s.io/client-go/tools/remotecommand"
)

// consoleWait is how long crun may take to hand over a container's terminal.
const consoleWait = 20 * time.Second

// streams are a container's standard streams: pipes, or a terminal that crun hands over on a socket.
type streams struct {
	theirs       [3]*os.File // the container's ends of the pipes
	in, out, err *os.File    // ours; a terminal is both in and out
	terminal     bool
	socket       string
	listener     *net.UnixListener
}

func openStreams(terminal, stdin bool) (*streams, error) {
	s := &streams{terminal: terminal}
	var errs [3]error
	if terminal {
		errs[0] = s.listen()
	} else {
		s.out, s.theirs[1], errs[0] = os.Pipe()
		s.err, s.theirs[2], errs[1] = os.Pipe()
		if stdin {
			s.theirs[0], s.in, errs[2] = os.Pipe()
		}
	}
	if err := errors.Join(errs[:]...); err != nil {
		s.closeTheirs()
		s.close()
		return nil, err
	}
	return s, nil
}

// listen waits for the terminal at a path that is short, whatever $TMPDIR is: a unix socket's has at most 107 bytes.
func (s *streams) listen() error {
	dir, err := os.MkdirTemp("/tmp", "tty")
	if err != nil {
		return err
	}
	s.socket = filepath.Join(dir, "s")
	s.listener, err = net.ListenUnix("unix", &net.UnixAddr{Name: s.socket, Net: "unix"})
	return err
}

func (s *streams) attachTo(cmd *exec.Cmd) {
	if s.theirs[0] != nil { // a nil *os.File is not a nil io.Reader
		cmd.Stdin = s.theirs[0]
	}
	if s.theirs[1] != nil {
		cmd.Stdout, cmd.Stderr = s.theirs[1], s.theirs[2]
	}
}

func (s *streams) closeTheirs() { closeAll(s.theirs[:]...) }

// close ends our side; whoever reads from it is told so.
func (s *streams) close() {
	closeAll(s.in, s.out, s.err)
	s.closeSocket()
}

func (s *streams) closeSocket() {
	if s.listener != nil {
		_ = s.listener.Close()
	}
	if s.socket != "" {
		_ = os.RemoveAll(filepath.Dir(s.socket))
	}
}

func closeAll(files ...*os.File) {
	for _, f := range files {
		if f != nil {
			_ = f.Close()
		}
	}
}

// takeConsole receives the terminal, which crun has sent by the time it has started the container.
func (s *streams) takeConsole() error {
	if !s.terminal {
		return nil
	}
	defer s.closeSocket()
	limit := time.Now().Add(consoleWait)
	_ = s.listener.SetDeadline(limit)
	conn, err := s.listener.AcceptUnix()
	if err != nil {
		return errors.New("crun did not hand over the container's terminal")
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(limit)
	if s.out = receiveFile(conn); s.out == nil {
		return errors.New("crun handed over something else than a terminal")
	}
	s.in = s.out
	return nil
}

func receiveFile(conn *net.UnixConn) *os.File {
	data, control := make([]byte, 4096), make([]byte, 128)
	_, n, _, _, err := conn.ReadMsgUnix(data, control)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil
	}
	messages, err := unix.ParseSocketControlMessage(control[:n])
	if err != nil || len(messages) == 0 {
		return nil
	}
	files, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(files) == 0 {
		return nil
	}
	_ = unix.SetNonblock(files[0], true)
	return os.NewFile(uintptr(files[0]), "console")
}

// drain copies the output to the container's log until it ends.
func (s *streams) drain(log *logger) *sync.WaitGroup {
	var group sync.WaitGroup
	group.Go(func() { log.copy(s.out, "stdout") })
	if s.err != nil {
		group.Go(func() { log.copy(s.err, "stderr") })
	}
	return &group
}

// resize gives a terminal the sizes of its other end. Not by File.Fd, which would make the file one whose Close does not
// end a Read.
func resize(terminal *os.File, sizes <-chan remotecommand.TerminalSize) {
	raw, err := terminal.SyscallConn()
	if err != nil || sizes == nil {
		return
	}
	for size := range sizes {
		_ = raw.Control(func(fd uintptr) {
			_ = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Row: size.Height, Col: size.Width})
		})
	}
}
