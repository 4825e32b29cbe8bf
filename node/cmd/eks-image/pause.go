package main

import (
	"os"
	"os/signal"
	"syscall"
)

// pause holds a Pod's or an instance's namespaces, as registry.k8s.io/pause does: it ends by SIGTERM or SIGINT, and as
// process 1 it reaps the children of processes that ended.
func pause([]string) int {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGCHLD)
	reap() // what ended before we listened
	for s := range signals {
		if s != syscall.SIGCHLD {
			break
		}
		reap()
	}
	return 0
}

func reap() {
	for {
		if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
			return
		}
	}
}
