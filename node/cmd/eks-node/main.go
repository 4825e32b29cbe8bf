// Command eks-node is every Kubernetes program that runs in an EKS lab in one binary, so that they share their code's
// memory: the control plane, kube-proxy, the token helper, and the node itself (`eks-node kubelet --spec FILE`).
//
// The program is chosen by the binary's own name when that is one of them (a link named kube-proxy), else by its first
// argument. Everything after that is the upstream program's own command line.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	kcm "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"

	"eks-local/node/internal/kubelet"

	// The upstream commands register these in their own main packages.
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
)

// programs run with os.Args as if the binary were theirs alone, and give an exit status.
var programs = map[string]func() int{
	"etcd":                    func() int { etcdmain.Main(os.Args); return 0 },
	"kube-apiserver":          cobraProgram(newAPIServer),
	"kube-controller-manager": cobraProgram(kcm.NewControllerManagerCommand),
	"kube-scheduler":          cobraProgram(func() *cobra.Command { return scheduler.NewSchedulerCommand() }),
	"kube-proxy":              cobraProgram(proxy.NewProxyCommand),
	"aws-iam-authenticator":   sibling("aws-iam-authenticator"),
	"kubelet":                 cobraProgram(kubelet.NewCommand),
}

func main() {
	name, args, ok := choose(os.Args)
	if !ok {
		fmt.Fprintf(os.Stderr, "usage: %s PROGRAM [flags]\nprograms: %s\n", filepath.Base(os.Args[0]), strings.Join(names(), ", "))
		os.Exit(2)
	}
	os.Args = args
	os.Exit(programs[name]())
}

// choose finds the program a command line asks for, and the command line that program is to see.
func choose(argv []string) (name string, args []string, ok bool) {
	if len(argv) == 0 {
		return "", nil, false
	}
	if name = filepath.Base(argv[0]); programs[name] != nil {
		return name, argv, true
	}
	if len(argv) < 2 || programs[argv[1]] == nil {
		return "", nil, false
	}
	return argv[1], argv[1:], true
}

func names() []string {
	var all []string
	for name := range programs {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

func cobraProgram(newCommand func() *cobra.Command) func() int {
	return func() int { return cli.Run(newCommand()) }
}

// sibling runs another binary of the same folder in place of this one.
func sibling(name string) func() int {
	return func() int {
		self, err := os.Executable()
		if err == nil {
			err = syscall.Exec(filepath.Join(filepath.Dir(self), name), os.Args, os.Environ())
		}
		fmt.Fprintf(os.Stderr, "%s beside eks-node: %v\n", name, err)
		return 1
	}
}
