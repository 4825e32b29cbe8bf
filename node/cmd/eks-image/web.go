package main

import (
	"errors"
	"flag"
	"fmt"
	"html"
	"io/fs"
	"net/http"
	"os"
)

// web serves the files below a folder; "/" without an index.html says what answers, and from where.
func web(args []string) int {
	var listen, root, name string
	parse("web", args, func(flags *flag.FlagSet) {
		flags.StringVar(&listen, "listen", ":80", "address to listen on")
		flags.StringVar(&root, "root", "/usr/share/nginx/html", "folder of the files")
		flags.StringVar(&name, "name", "nginx", "the image this stands in for")
	})
	return serve(listen, files(root, name))
}

func files(root, name string) http.Handler {
	shown := http.FileServer(http.Dir(root))
	server := fmt.Sprintf("eks-image (in place of %s)", name)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Server", server)
		_, err := os.Stat(root + "/index.html")
		if (r.URL.Path == "/" || r.URL.Path == "/index.html") && errors.Is(err, fs.ErrNotExist) {
			welcome(w, name)
			return
		}
		shown.ServeHTTP(w, r)
	})
}

func welcome(w http.ResponseWriter, name string) {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, "<!doctype html>\n<title>%[1]s</title>\n<h1>It works</h1>\n<p>Pod %[2]s answers in place of %[1]s.</p>\n",
		html.EscapeString(name), html.EscapeString(host))
}
