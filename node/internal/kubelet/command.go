// Package kubelet is a node: the real kubelet, over the container runtime of package cri, on an instance that a node spec
// describes.
//
// Knows the kubelet's own packages. Does not know AWS: whoever reads the instance's user data writes the Spec.
package kubelet

import (
	"context"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"eks-local/node/internal/nodespec"
)

// stopGrace is how many seconds containers get to end when the node is stopped.
const stopGrace = 2

// NewCommand is `eks-node kubelet --spec FILE`. It ends on SIGTERM, its containers first.
func NewCommand() *cobra.Command {
	var path string
	command := &cobra.Command{
		Use:          "kubelet",
		Short:        "The node of an EC2 instance",
		SilenceUsage: true,
		Args:         cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
			defer cancel()
			spec, err := nodespec.Load(path)
			if err != nil {
				return err
			}
			runtime, err := start(ctx, spec)
			if err != nil {
				return err
			}
			<-ctx.Done()
			runtime.StopAll(stopGrace)
			return nil
		},
	}
	command.Flags().StringVar(&path, "spec", "", "the node's spec, JSON")
	if err := command.MarkFlagRequired("spec"); err != nil {
		panic(err)
	}
	return command
}
