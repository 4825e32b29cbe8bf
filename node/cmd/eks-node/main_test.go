package main

import (
	"slices"
	"strings"
	"testing"
)

func TestChoose(t *testing.T) {
	for _, c := range []struct{ line, name, args string }{
		{"kube-proxy --config f", "kube-proxy", "kube-proxy --config f"},
		{"/opt/eks/bin/kube-proxy kubelet", "kube-proxy", "/opt/eks/bin/kube-proxy kubelet"}, // its name wins over an argument
		{"eks-node kubelet --spec /f", "kubelet", "kubelet --spec /f"},
		{"/opt/eks/bin/eks-node etcd", "etcd", "etcd"},
		{"anything kube-proxy", "kube-proxy", "kube-proxy"},
		{"eks-node", "", ""},
		{"eks-node --help", "", ""},
		{"eks-node /usr/bin/kube-proxy", "", ""},
		{"eks-node kube", "", ""},
		{"", "", ""},
	} {
		name, args, ok := choose(strings.Fields(c.line))
		if name != c.name || strings.Join(args, " ") != c.args || ok != (c.name != "") {
			t.Errorf("%q chooses %q with %q, %v", c.line, name, args, ok)
		}
	}
}

func TestNames(t *testing.T) {
	if got := names(); len(got) != len(programs) || !slices.IsSorted(got) || !slices.Contains(got, "kube-apiserver") {
		t.Errorf("%v", got)
	}
}
