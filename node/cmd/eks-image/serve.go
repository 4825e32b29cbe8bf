package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
)

// drain is how long requests under way may take after SIGTERM: within a Pod's usual grace of 30 s.
const drain = 20 * time.Second

// serve answers on an address until SIGTERM, SIGINT or SIGQUIT (nginx's own), then lets requests under way finish.
func serve(address string, handler http.Handler) int {
	debug.SetGCPercent(20) // many of these share a laptop; none has much to do
	listener, err := net.Listen("tcp", address)
	if err != nil {
		fmt.Fprintln(os.Stderr, "eks-image:", err)
		return 1
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT)
	defer stop()
	server := &http.Server{Handler: accessLog(os.Stdout, handler), ReadHeaderTimeout: time.Minute}
	finished := make(chan error, 1)
	context.AfterFunc(ctx, func() {
		limit, cancel := context.WithTimeout(context.Background(), drain)
		defer cancel()
		finished <- server.Shutdown(limit)
	})
	fmt.Fprintf(os.Stderr, "listening on %s\n", listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		fmt.Fprintln(os.Stderr, "eks-image:", err)
		return 1
	}
	if err := <-finished; err != nil {
		fmt.Fprintln(os.Stderr, "eks-image: requests were cut off:", err)
		return 1
	}
	return 0
}

// parse reads flags; a wrong one ends the program as the flag package does.
func parse(name string, args []string, define func(*flag.FlagSet)) {
	flags := flag.NewFlagSet("eks-image "+name, flag.ExitOnError)
	define(flags)
	_ = flags.Parse(args) // ExitOnError
	if flags.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "eks-image %s: unexpected argument %q\n", name, flags.Arg(0))
		os.Exit(2)
	}
}

// answer remembers what was answered, for the log.
type answer struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (a *answer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	n, err := a.ResponseWriter.Write(b)
	a.bytes += int64(n)
	return n, err
}

// accessLog writes a line a request in the "combined" format that nginx and httpd share.
func accessLog(out io.Writer, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := &answer{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(a, r)
		client, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			client = r.RemoteAddr
		}
		fmt.Fprintf(out, "%s - - [%s] \"%s %s %s\" %d %d %q %q\n", client, time.Now().Format("02/Jan/2006:15:04:05 -0700"),
			r.Method, r.RequestURI, r.Proto, a.status, a.bytes, dash(r.Referer()), dash(r.UserAgent()))
	})
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
