package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

const usage = "eks-instance --root DIR --hostname NAME --nameserver IP [--bind SOURCE:TARGET[:ro]]... -- COMMAND..."

// parse reads a command line; what is wrong is said before any namespace is made.
func parse(arguments []string) (machine, error) {
	var m machine
	flags := flag.NewFlagSet("eks-instance", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the caller says it
	flags.StringVar(&m.root, "root", "", "folder of the instance's root file system; made when missing")
	flags.StringVar(&m.hostname, "hostname", "", "host name")
	flags.StringVar(&m.nameserver, "nameserver", "", "address of the VPC's resolver")
	flags.Func("bind", "a file or folder of the host to show inside; repeatable", func(text string) error {
		b, err := parseBind(text)
		m.binds = append(m.binds, b)
		return err
	})
	if err := flags.Parse(arguments); err != nil {
		return machine{}, err
	}
	m.command = flags.Args()
	for name, value := range map[string]string{"root": m.root, "hostname": m.hostname, "nameserver": m.nameserver} {
		if value == "" {
			return machine{}, fmt.Errorf("--%s is missing", name)
		}
	}
	if len(m.command) == 0 {
		return machine{}, errors.New("COMMAND is missing")
	}
	return m, nil
}

// bind shows a file or folder of the host inside.
type bind struct {
	source, target string
	readonly       bool
}

func parseBind(text string) (bind, error) {
	parts := strings.Split(text, ":")
	readonly := len(parts) == 3 && parts[2] == "ro"
	if len(parts) < 2 || len(parts) > 2 && !readonly || parts[0] == "" || parts[1] == "" {
		return bind{}, errors.New("not SOURCE:TARGET[:ro]")
	}
	return bind{parts[0], parts[1], readonly}, nil
}
