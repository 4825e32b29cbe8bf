package cri

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"sync"
	"time"
)

// longestLine is where a line is cut into parts, as the CRI's log format allows and containerd does.
const longestLine = 16 << 10

// logger writes a container's output in the CRI log format ("TIME stdout|stderr F|P LINE") and to whoever is attached.
type logger struct {
	path string

	mu          sync.Mutex
	file        *os.File // nil when closed
	subscribers map[int]subscriber
	next        int
}

type subscriber struct{ stdout, stderr io.Writer }

func newLogger(path string) (*logger, error) {
	file, err := openLog(path)
	if err != nil {
		return nil, err
	}
	return &logger{path: path, file: file, subscribers: map[int]subscriber{}}, nil
}

func openLog(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o640)
}

// reopen goes on in a new file: the kubelet has renamed the old one.
func (l *logger) reopen() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil // the container has just ended
	}
	file, err := openLog(l.path)
	if err != nil {
		return err
	}
	_ = l.file.Close()
	l.file = file
	return nil
}

func (l *logger) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.file.Close()
	l.file = nil
}

// attach adds a subscriber and returns what removes it.
func (l *logger) attach(stdout, stderr io.Writer) (detach func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := l.next
	l.next++
	l.subscribers[id] = subscriber{stdout, stderr}
	return func() { l.detach(id) }
}

func (l *logger) detach(id int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.subscribers, id)
}

// copy reads one stream to its end.
func (l *logger) copy(source io.Reader, stream string) {
	buffer, line := make([]byte, longestLine), []byte(nil)
	for {
		n, err := source.Read(buffer)
		line = l.writeLines(append(line, buffer[:n]...), stream)
		if err != nil && len(line) > 0 {
			l.write(line, stream, "P") // it has no end, as containerd has it
		}
		l.publish(buffer[:n], stream)
		if err != nil {
			return
		}
	}
}

// writeLines writes the whole lines of text, and the beginning of one that is too long, and returns the unfinished rest.
func (l *logger) writeLines(text []byte, stream string) []byte {
	for {
		end := bytes.IndexByte(text, '\n')
		switch {
		case end >= 0 && end <= longestLine:
			l.write(text[:end], stream, "F")
			text = text[end+1:]
		case len(text) > longestLine:
			l.write(text[:longestLine], stream, "P")
			text = text[longestLine:]
		default:
			return bytes.Clone(text)
		}
	}
}

func (l *logger) write(line []byte, stream, tag string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		_, _ = fmt.Fprintf(l.file, "%s %s %s %s\n", time.Now().UTC().Format(time.RFC3339Nano), stream, tag, line)
	}
}

// publish holds no lock while it writes: a terminal that is suspended must not keep the container from ending.
func (l *logger) publish(text []byte, stream string) {
	if len(text) == 0 {
		return
	}
	l.mu.Lock()
	subscribers := maps.Clone(l.subscribers)
	l.mu.Unlock()
	for id, s := range subscribers {
		w := s.stdout
		if stream == "stderr" {
			w = s.stderr
		}
		if w == nil {
			continue
		}
		if _, err := w.Write(text); err != nil {
			l.detach(id)
		}
	}
}
