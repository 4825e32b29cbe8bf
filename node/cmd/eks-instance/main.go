// Command eks-instance is the machine an EC2 instance runs on: a root file system of its own, own processes, host
// name and mounts, in the network namespace it is started in.
//
//	eks-instance --root DIR --hostname NAME --nameserver IP [--bind SOURCE:TARGET[:ro]]... -- COMMAND...
//	eks-instance hold
//
// COMMAND becomes process 1 of the instance; when it ends, all in the instance ends. `hold` is a COMMAND that only
// reaps, for an instance that runs nothing else. The host's homes and the world's state are not visible inside.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
)

// inside marks the second stage: this program again, in the instance's namespaces.
const inside = "--inside"

// The kernel keeps a parent-death signal by thread: it is sent when the thread that forked ends, and a program loses it
// when another thread than the first executes the next one. So both stages stay on their first.
func init() { runtime.LockOSThread() }

func main() {
	if len(os.Args) == 2 && os.Args[1] == "hold" {
		hold()
		return
	}
	arguments := os.Args[1:]
	second := len(arguments) > 0 && arguments[0] == inside
	if second {
		arguments = arguments[1:]
	}
	m, err := parse(arguments)
	if err != nil {
		fmt.Fprintf(os.Stderr, "eks-instance: %v\nusage: %s\n", err, usage)
		os.Exit(2)
	}
	if second {
		fmt.Fprintln(os.Stderr, "eks-instance:", m.become())
		os.Exit(1)
	}
	os.Exit(start(os.Args[1:]))
}

// start runs the second stage in new namespaces, passes SIGTERM and SIGINT on, and returns its exit status.
func start(arguments []string) int {
	child := exec.Command("/proc/self/exe", append([]string{inside}, arguments...)...)
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	child.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC,
		Pdeathsig:  syscall.SIGKILL,
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	if err := child.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "eks-instance:", err)
		return 1
	}
	go func() {
		for s := range signals {
			_ = child.Process.Signal(s)
		}
	}()
	var exit *exec.ExitError
	if err := child.Wait(); errors.As(err, &exit) {
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			return 128 + int(status.Signal()) // as shells say it
		}
		return exit.ExitCode()
	} else if err != nil {
		fmt.Fprintln(os.Stderr, "eks-instance:", err)
		return 1
	}
	return 0
}

// hold waits for SIGTERM and reaps whatever ends meanwhile.
func hold() {
	// Apart, since a channel that is full of children would lose the SIGTERM.
	stop, ended := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	signal.Notify(ended, syscall.SIGCHLD)
	for {
		reap()
		select {
		case <-stop:
			return
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
