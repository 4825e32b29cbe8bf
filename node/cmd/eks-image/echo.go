package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
)

// longest is how much of a request's body echo gives back.
const longest = 1 << 20

// echoed is what echo answers with.
type echoed struct {
	Pod     string      `json:"pod"`    // the host name of the one who answers
	Client  string      `json:"client"` // address and port of the one who asks, as seen here
	Method  string      `json:"method"`
	Host    string      `json:"host"`
	Path    string      `json:"path"` // with the query
	Headers http.Header `json:"headers"`
	Body    string      `json:"body,omitempty"`
}

// echo tells clients what reached it.
func echo(args []string) int {
	var listen string
	parse("echo", args, func(flags *flag.FlagSet) {
		flags.StringVar(&listen, "listen", ":8080", "address to listen on")
	})
	host, err := os.Hostname()
	if err != nil {
		fmt.Fprintln(os.Stderr, "eks-image:", err)
		return 1
	}
	return serve(listen, echoAs(host))
}

func echoAs(pod string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longest))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Server", "eks-image (echo)")
		w.Header().Set("Content-Type", "application/json")
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		// A client that has gone away is no error of ours.
		_ = encoder.Encode(echoed{pod, r.RemoteAddr, r.Method, r.Host, r.RequestURI, r.Header, string(body)})
	})
}
