// Command eks-image is the programs that stand in for container images: small, static and of the standard library
// alone, so that a Pod starts in milliseconds and thirty of them fit on a laptop.
//
//	eks-image pause                        waits for SIGTERM, reaping what is left to it
//	eks-image web  [--listen :80] [--root DIR] [--name nginx]    serves files, as nginx or httpd does out of the box
//	eks-image echo [--listen :8080]        answers with what it was asked and by whom, as JSON
//
// The program is the first argument, or the binary's own name (a bind at /pause). What they serve says what they are:
// nothing here claims to be nginx.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// programs take what follows their name and give an exit status.
var programs = map[string]func(args []string) int{
	"pause": pause,
	"web":   web,
	"echo":  echo,
}

func main() {
	args := os.Args[1:]
	program := programs[filepath.Base(os.Args[0])]
	if program == nil && len(args) > 0 {
		program, args = programs[args[0]], args[1:]
	}
	if program == nil {
		fmt.Fprintln(os.Stderr, "usage: eks-image pause|web|echo [flags]")
		os.Exit(2)
	}
	os.Exit(program(args))
}
