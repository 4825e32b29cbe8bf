package main

import (
	"os"
	"os/signal"
	"syscall"
)

// pause holds a Pod's or an instance's namespaces, as registry.k8s.io/pause does: it ends by SIGTERM or SIGINT, and as
// process 1 it reaps the children of processes that ended.
func pause([]string) int {
	// Apart, since a channel that is full of children would lose the SIGTERM.
	stop, ended := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	signal.Notify(ended, syscall.SIGCHLD)
	for {
		reap()
		select {
		case <-stop:
			return 0
		case <-ended:
		}
	}
}

func reap() {
	for {
		if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
			return
		}
	}
}
