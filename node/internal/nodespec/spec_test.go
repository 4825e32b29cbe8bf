package nodespec

import (
	"strings"
	"testing"

	v1 "k8s.io/api/core/v1"
)

const small = `{
	"name": "ip-10-0-0-5.ec2.internal", "address": "10.0.0.5", "provider_id": "aws:///us-east-1a/i-0123",
	"kubeconfig": "/k", "client_ca_file": "/ca", "catalogue": "/c.json", "cni_conf_dir": "/etc/cni/net.d", "cni_bin_dir": "/opt/cni/bin",
	"root_dir": "/var/lib/kubelet", "runtime_dir": "/run/r", "log_dir": "/var/log",
	"max_pods": 11, "cpus": 2, "memory_bytes": 2147483648, "ephemeral_storage_bytes": 21474836480,
	"kube_reserved": {"cpu": "70m", "memory": "376Mi"}, "system_reserved": {"memory": "100Mi"},
	"taints": [{"key": "dedicated", "value": "batch", "effect": "NoSchedule"}]
}`

func TestParse(t *testing.T) {
	s, err := Parse([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	if s.MaxPods != 11 || s.ClusterDomain != "cluster.local" || s.Taints[0].Effect != v1.TaintEffectNoSchedule {
		t.Errorf("parsed as %+v", s)
	}
	reserved := s.Reserved()
	if memory := reserved[v1.ResourceMemory]; memory.String() != "476Mi" {
		t.Errorf("%s of memory are reserved", memory.String())
	}
	capacity := s.Capacity()[v1.ResourceEphemeralStorage]
	if capacity.String() != "20Gi" {
		t.Errorf("%s of disk", capacity.String())
	}
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{`"name": "ip-10-0-0-5.ec2.internal"`, `"name": ""`, "name is missing"},
		{`"10.0.0.5"`, `"127.0.0.1"`, "loopback"},
		{`"10.0.0.5"`, `"nowhere"`, "address"},
		{`"cpus": 2`, `"cpus": 0`, "must be positive"},
		{`"70m"`, `"seventy"`, `reserved cpu: "seventy"`},
		{`"max_pods"`, `"maxPods"`, `unknown field "maxPods"`},
	} {
		_, err := Parse([]byte(strings.Replace(small, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("with %s: %v, want %q", c.new, err, c.want)
		}
	}
}
