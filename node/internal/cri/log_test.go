package cri

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"
)

func logTo(t *testing.T) (*logger, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "0.log")
	l, err := newLogger(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	return l, path
}

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var stamp = regexp.MustCompile(`(?m)^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z `)

func TestLogFormat(t *testing.T) {
	long := strings.Repeat("x", longestLine)
	for _, c := range []struct{ name, written, want string }{
		{"lines", "a\nb c\n", "stdout F a\nstdout F b c\n"},
		{"an empty line", "\n", "stdout F \n"},
		{"nothing", "", ""},
		{"an unfinished line", "a\nb", "stdout F a\nstdout P b\n"},
		{"carriage returns of a terminal", "a\r\n", "stdout F a\r\n"},
		{"the longest line", long + "\n", "stdout F " + long + "\n"},
		{"a longer one", long + "y\n", "stdout P " + long + "\nstdout F y\n"},
		{"one much longer", long + long + long + "\nz\n", "stdout P " + long + "\nstdout P " + long + "\nstdout F " + long + "\nstdout F z\n"},
		{"long and unfinished", long + "y", "stdout P " + long + "\nstdout P y\n"},
	} {
		for how, source := range map[string]io.Reader{
			"at once": strings.NewReader(c.written), "by byte": iotest.OneByteReader(strings.NewReader(c.written)),
			"with its end": iotest.DataErrReader(strings.NewReader(c.written)),
		} {
			l, path := logTo(t)
			l.copy(source, "stdout")
			got := content(t, path)
			if stamps := len(stamp.FindAllString(got, -1)); stamps != strings.Count(c.want, "\n") {
				t.Errorf("%s, %s: %d time stamps in %q", c.name, how, stamps, got)
			}
			if got = stamp.ReplaceAllString(got, ""); got != c.want {
				t.Errorf("%s, %s: %d bytes %.80q, want %d bytes %.80q", c.name, how, len(got), got, len(c.want), c.want)
			}
		}
	}
}

func TestRotation(t *testing.T) {
	l, path := logTo(t)
	in, out := io.Pipe()
	ended := make(chan struct{})
	go func() { l.copy(in, "stdout"); close(ended) }()
	say := func(text string) { _, _ = io.WriteString(out, text) }

	say("one\ntwo")
	say("") // the line before is written, its rest awaited
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := l.reopen(); err != nil {
		t.Fatal(err)
	}
	say(" and a half\n")
	_ = out.Close()
	<-ended
	if got := stamp.ReplaceAllString(content(t, path+".1")+content(t, path), ""); got != "stdout F one\nstdout F two and a half\n" {
		t.Errorf("%q", got)
	}
	if got := content(t, path); !strings.HasSuffix(got, " stdout F two and a half\n") {
		t.Errorf("the new file has %q", got)
	}

	l.close()
	if err := l.reopen(); err != nil || l.file != nil {
		t.Errorf("the log of a container that ended is opened again: %v", err)
	}
	l.file, _ = os.Open(os.DevNull) // for close at the test's end
}

func TestReopenThatFailsKeepsTheOldFile(t *testing.T) {
	l, path := logTo(t)
	l.path = filepath.Join(t.TempDir(), "gone", "0.log")
	if err := l.reopen(); err == nil {
		t.Error("a file was opened in a folder that is not there")
	}
	l.copy(strings.NewReader("still\n"), "stderr")
	if got := content(t, path); !strings.HasSuffix(got, " stderr F still\n") {
		t.Errorf("%q", got)
	}
}

type broken struct{ writes int }

func (b *broken) Write([]byte) (int, error) { b.writes++; return 0, errors.New("gone") }

func TestAttached(t *testing.T) {
	l, path := logTo(t)
	var stdout, stderr, gone bytes.Buffer
	failing := &broken{}
	l.attach(&stdout, &stderr)
	l.attach(nil, nil)
	l.attach(failing, nil)
	l.attach(&gone, nil)()
	l.copy(strings.NewReader("out\nunfinished"), "stdout")
	l.copy(strings.NewReader("err"), "stderr")
	l.copy(strings.NewReader(" more"), "stdout")
	if stdout.String() != "out\nunfinished more" || stderr.String() != "err" || gone.Len() > 0 || failing.writes != 1 {
		t.Errorf("stdout %q, stderr %q, detached %q, the one that failed had %d", &stdout, &stderr, &gone, failing.writes)
	}
	if got := stamp.ReplaceAllString(content(t, path), ""); got != "stdout F out\nstdout P unfinished\nstderr P err\nstdout P  more\n" {
		t.Errorf("%q", got)
	}
}
