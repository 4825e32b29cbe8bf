package cri

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func TestStreamsHaveURLsForOneUse(t *testing.T) {
	r := newRuntime(t)
	ctx := context.Background()
	seen := map[string]bool{}
	for path, ask := range map[string]func() (string, error){
		"exec": func() (string, error) {
			answer, err := r.Exec(ctx, &runtimeapi.ExecRequest{ContainerId: "none", Cmd: []string{"true"}, Stdout: true})
			return answer.GetUrl(), err
		},
		"attach": func() (string, error) {
			answer, err := r.Attach(ctx, &runtimeapi.AttachRequest{ContainerId: "none", Stdout: true})
			return answer.GetUrl(), err
		},
		"portforward": func() (string, error) {
			answer, err := r.PortForward(ctx, &runtimeapi.PortForwardRequest{PodSandboxId: "none", Port: []int32{80}})
			return answer.GetUrl(), err
		},
	} {
		for range 2 {
			given, err := ask()
			if err != nil || !regexp.MustCompile(`^http://127\.0\.0\.1:[1-9]\d*/`+path+`/[\w-]{8,}$`).MatchString(given) || seen[given] {
				t.Fatalf("%s: %q, %v", path, given, err)
			}
			seen[given] = true
		}
	}
	for given := range seen {
		if where, _ := url.Parse(given); strings.HasPrefix(where.Path, "/exec/") {
			for _, want := range []int{http.StatusBadRequest, http.StatusNotFound} { // no upgrade is asked for; the token is used up
				answer, err := http.Get(given)
				if err != nil || answer.StatusCode != want {
					t.Errorf("%v, %v, want %d", answer, err, want)
				}
				_ = answer.Body.Close()
			}
		}
	}
}

func TestStreamsThatMakeNoSense(t *testing.T) {
	r := newRuntime(t)
	for _, q := range []*runtimeapi.ExecRequest{
		{Cmd: []string{"true"}, Stdout: true},                                            // no container
		{ContainerId: "c", Cmd: []string{"true"}},                                        // no stream
		{ContainerId: "c", Cmd: []string{"true"}, Tty: true, Stdout: true, Stderr: true}, // a terminal is one stream
	} {
		if _, err := r.Exec(context.Background(), q); err == nil {
			t.Errorf("%v has a URL", q)
		}
	}
}

func TestTheStreamsServerEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	r := &Runtime{}
	if err := r.serveStreams(ctx); err != nil {
		t.Fatal(err)
	}
	answer, err := r.Exec(ctx, &runtimeapi.ExecRequest{ContainerId: "none", Cmd: []string{"true"}, Stdout: true})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	eventually(t, "the server's end", func() any { return answer.Url }, func() bool {
		response, err := http.Get(answer.Url)
		if err == nil {
			_ = response.Body.Close()
		}
		return err != nil
	})
}

func TestAConsolesSocketIsShortEnough(t *testing.T) {
	t.Setenv("TMPDIR", "/"+strings.Repeat("long/", 40))
	before := descriptors()
	s, err := openStreams(true, true)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.socket) > 107 {
		t.Errorf("%d bytes: %s", len(s.socket), s.socket)
	}
	s.close()
	if now := descriptors(); now > before {
		t.Errorf("%d files are open, were %d", now, before)
	}
}

func TestPipes(t *testing.T) {
	for _, stdin := range []bool{false, true} {
		s, err := openStreams(false, stdin)
		if err != nil {
			t.Fatal(err)
		}
		if (s.in != nil) != stdin || s.out == nil || s.err == nil || s.takeConsole() != nil {
			t.Errorf("stdin %v: %+v", stdin, s)
		}
		s.closeTheirs()
		s.close()
	}
}
