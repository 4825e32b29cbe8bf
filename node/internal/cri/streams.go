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
)

// consoleWait is how long crun may take to hand over a container's terminal.
const consoleWait = 20 * time.Second

// streams are a starting container's standard streams: pipes, or a terminal that crun hands over on a socket.
type streams struct {
	childIn, childOut, childErr *os.File
	ourIn, ourOut, ourErr       *os.File
	socket                      string
	console                     chan *os.File
}

func openStreams(c *container) (*streams, error) {
	s := &streams{}
	if c.config.Tty {
		dir, err := os.MkdirTemp("", "tty") // a short path: a unix socket's has at most 107 bytes
		if err != nil {
			return nil, err
		}
		s.socket = filepath.Join(dir, "s")
		s.console, err = receiveConsole(s.socket)
		return s, err
	}
	var errs [3]error
	s.ourOut, s.childOut, errs[0] = os.Pipe()
	s.ourErr, s.childErr, errs[1] = os.Pipe()
	if c.config.Stdin {
		s.childIn, s.ourIn, errs[2] = os.Pipe()
	}
	return s, errors.Join(errs[:]...)
}

func (s *streams) attachTo(cmd *exec.Cmd) {
	if s.childIn != nil {
		cmd.Stdin = s.childIn
	}
	if s.childOut != nil {
		cmd.Stdout, cmd.Stderr = s.childOut, s.childErr
	}
}

func closeAll(files ...*os.File) {
	for _, f := range files {
		if f != nil {
			_ = f.Close()
		}
	}
}

func (s *streams) closeChildEnds() { closeAll(s.childIn, s.childOut, s.childErr) }

func (s *streams) closeOurEnds() {
	closeAll(s.ourIn, s.ourOut, s.ourErr)
	if s.socket != "" {
		_ = os.RemoveAll(filepath.Dir(s.socket))
	}
}

// drain copies the output to the container's log until it ends.
func (s *streams) drain(c *container) (*sync.WaitGroup, error) {
	var group sync.WaitGroup
	if s.console != nil {
		defer func() { _ = os.RemoveAll(filepath.Dir(s.socket)) }()
		if c.console = <-s.console; c.console == nil {
			return nil, errors.New("crun did not hand over the container's terminal")
		}
		c.stdin = c.console
		group.Go(func() { c.out.copy(c.console, "stdout") })
		return &group, nil
	}
	if s.ourIn != nil {
		c.stdin = s.ourIn
	}
	group.Go(func() { c.out.copy(s.ourOut, "stdout"); _ = s.ourOut.Close() })
	group.Go(func() { c.out.copy(s.ourErr, "stderr"); _ = s.ourErr.Close() })
	return &group, nil
}

// receiveConsole listens for the terminal's master side, which crun sends for a container with a terminal.
func receiveConsole(path string) (chan *os.File, error) {
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	console := make(chan *os.File, 1)
	go func() {
		defer close(console)
		defer func() { _ = listener.Close() }()
		_ = listener.SetDeadline(time.Now().Add(consoleWait))
		conn, err := listener.AcceptUnix()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		if file := receiveFile(conn); file != nil {
			console <- file
		}
	}()
	return console, nil
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
