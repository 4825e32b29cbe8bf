// Command kubectl is upstream's. It stands beside eks-node and not in it: what it reads when it starts, whatever it then
// does, would be two fifths of the start of each of those programs.
package main

import (
	"os"

	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
)

func main() { os.Exit(cli.Run(kubectl.NewDefaultKubectlCommand())) }
