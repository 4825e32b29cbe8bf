// Command aws-iam-authenticator prints the token by which an AWS identity is known to an EKS cluster. It is upstream's
// token command alone: no server, no configuration. Credentials are found by the AWS SDK (environment, files, IMDS).
//
// It is a module of its own because upstream wants other versions of Kubernetes' libraries than the node does, and a
// small binary because client-go starts it to get a token.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"sigs.k8s.io/aws-iam-authenticator/pkg/token"
)

func main() {
	root := &cobra.Command{Use: "aws-iam-authenticator", Short: "Authenticate to an EKS cluster with AWS IAM", SilenceUsage: true}
	root.AddCommand(tokenCommand())
	if err := root.Execute(); err != nil {
		os.Exit(1)
	}
}

func tokenCommand() *cobra.Command {
	var options token.GetTokenOptions
	var tokenOnly bool
	command := &cobra.Command{
		Use:   "token",
		Short: "Print an ExecCredential for the cluster",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			generator, err := token.NewGenerator(false, false)
			if err != nil {
				return fmt.Errorf("could not get token: %w", err)
			}
			made, err := generator.GetWithOptions(cmd.Context(), &options)
			if err != nil {
				return fmt.Errorf("could not get token: %w", err)
			}
			if tokenOnly {
				fmt.Fprintln(cmd.OutOrStdout(), made.Token)
				return nil
			}
			fmt.Fprintln(cmd.OutOrStdout(), generator.FormatJSON(made))
			return nil
		},
	}
	flags := command.Flags()
	flags.StringVarP(&options.ClusterID, "cluster-id", "i", "", "the cluster's name")
	flags.StringVar(&options.Region, "region", "", "AWS region")
	flags.StringVarP(&options.AssumeRoleARN, "role", "r", "", "assume this IAM role before signing the token")
	flags.StringVarP(&options.AssumeRoleExternalID, "external-id", "e", "", "external ID for assuming the role")
	flags.StringVarP(&options.SessionName, "session-name", "s", "", "session name for assuming the role")
	flags.BoolVar(&tokenOnly, "token-only", false, "print the token alone")
	if err := command.MarkFlagRequired("cluster-id"); err != nil {
		panic(err) // the flag is defined above
	}
	return command
}
