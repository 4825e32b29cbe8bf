package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, handler http.Handler, path string) (*http.Response, string) {
	t.Helper()
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest("GET", path, nil))
	response := recorder.Result()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func TestWebSaysWhatItIs(t *testing.T) {
	response, body := get(t, files(t.TempDir(), "nginx"), "/")
	if response.StatusCode != 200 || !strings.Contains(body, "in place of nginx") {
		t.Errorf("%d %s", response.StatusCode, body)
	}
	if server := response.Header.Get("Server"); server != "eks-image (in place of nginx)" {
		t.Errorf("Server: %s", server)
	}
}

func TestWebServesFiles(t *testing.T) {
	root := t.TempDir()
	for name, content := range map[string]string{"index.html": "mine", "a.txt": "text"} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{"/": "mine", "/a.txt": "text"} {
		if _, body := get(t, files(root, "httpd"), path); body != want {
			t.Errorf("%s: %q", path, body)
		}
	}
	if response, _ := get(t, files(root, "httpd"), "/missing"); response.StatusCode != 404 {
		t.Errorf("/missing: %d", response.StatusCode)
	}
	if response, _ := get(t, files(root, "httpd"), "/../etc/passwd"); response.StatusCode == 200 {
		t.Error("files outside of the root are served")
	}
}

func TestEcho(t *testing.T) {
	recorder := httptest.NewRecorder()
	echoAs("web-1").ServeHTTP(recorder, httptest.NewRequest("POST", "/a?b=c", strings.NewReader("hello")))
	var got echoed
	if err := json.Unmarshal(recorder.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Pod != "web-1" || got.Method != "POST" || got.Path != "/a?b=c" || got.Body != "hello" {
		t.Errorf("%+v", got)
	}
}

func TestAccessLogIsCombined(t *testing.T) {
	var out strings.Builder
	get(t, accessLog(&out, files(t.TempDir(), "nginx")), "/missing")
	combined := regexp.MustCompile(`^192\.0\.2\.1 - - \[\d\d/\w{3}/\d{4}:[\d:]{8} [+-]\d{4}\] "GET /missing HTTP/1\.1" 404 \d+ "-" "-"\n$`)
	if !combined.MatchString(out.String()) {
		t.Errorf("logged %q", out.String())
	}
}
