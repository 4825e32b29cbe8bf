package main

import (
	"fmt"

	"github.com/spf13/cobra"
	apimachinery "k8s.io/apimachinery/pkg/version"
	"k8s.io/apiserver/pkg/util/compatibility"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	base "k8s.io/component-base/compatibility"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
)

// emulating is a version that says of itself what it emulates, so that /version of a cluster of 1.33 is of 1.33.
// Upstream's says the binary's there, and the emulated one beside it.
type emulating struct{ base.MutableEffectiveVersion }

func (e emulating) Info() *apimachinery.Info {
	info := e.MutableEffectiveVersion.Info()
	if info != nil && info.Minor != info.EmulationMinor {
		info.Major, info.Minor = info.EmulationMajor, info.EmulationMinor
		info.GitVersion = fmt.Sprintf("v%s.%s.0-eks-local", info.Major, info.Minor)
	}
	return info
}

func newAPIServer() *cobra.Command {
	registry := compatibility.DefaultComponentGlobalsRegistry
	registry.Reset() // a component is registered once, and upstream's init did
	version := emulating{compatibility.DefaultBuildEffectiveVersion()}
	if err := registry.Register(base.DefaultKubeComponent, version, utilfeature.DefaultMutableFeatureGate); err != nil {
		panic(err) // it was just emptied
	}
	return apiserver.NewAPIServerCommand()
}
