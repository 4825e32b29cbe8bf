package cri

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// longestLine is where a line is cut into parts, as the CRI's log format allows.
const longestLine = 16 << 10

// logger writes a container's output in the CRI log format ("TIME stdout|stderr F|P LINE") and to whoever is attached.
type logger struct {
	mu          sync.Mutex
	path        string
	file        *os.File
	subscribers map[int]subscriber
	next        int
}

type subscriber struct{ stdout, stderr io.Writer }

func newLogger(path string) (*logger, error) {
	l := &logger{path: path, subscribers: map[int]subscriber{}}
	return l, l.reopen()
}

func (l *logger) reopen() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	file, err := os.OpenFile(l.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o640)
	if err != nil {
		return err
	}
	if l.file != nil {
		_ = l.file.Close()
	}
	l.file = file
	return nil
}

func (l *logger) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.file.Close()
}

// attach adds a subscriber and returns what removes it.
func (l *logger) attach(stdout, stderr io.Writer) (detach func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := l.next
	l.next++
	l.subscribers[id] = subscriber{stdout, stderr}
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.subscribers, id)
	}
}

// copy reads one stream to its end.
func (l *logger) copy(source io.Reader, stream string) {
	buffer, line := make([]byte, longestLine), []byte(nil)
	for {
		n, err := source.Read(buffer)
		l.mu.Lock()
		l.publish(buffer[:n], stream)
		line = l.writeLines(append(line, buffer[:n]...), stream)
		if err != nil && len(line) > 0 {
			l.write(line, stream, "F")
		}
		l.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// writeLines writes the whole lines of text and returns the unfinished rest.
func (l *logger) writeLines(text []byte, stream string) []byte {
	for {
		end := bytes.IndexByte(text, '\n')
		if end < 0 {
			break
		}
		l.write(text[:end], stream, "F")
		text = text[end+1:]
	}
	if len(text) >= longestLine {
		l.write(text, stream, "P")
		return nil
	}
	return bytes.Clone(text)
}

func (l *logger) write(line []byte, stream, tag string) {
	_, _ = fmt.Fprintf(l.file, "%s %s %s %s\n", time.Now().UTC().Format(time.RFC3339Nano), stream, tag, line)
}

func (l *logger) publish(text []byte, stream string) {
	if len(text) == 0 {
		return
	}
	for id, s := range l.subscribers {
		w := s.stdout
		if stream == "stderr" {
			w = s.stderr
		}
		if w == nil {
			continue
		}
		if _, err := w.Write(text); err != nil {
			delete(l.subscribers, id)
		}
	}
}
