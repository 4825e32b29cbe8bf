package kubelet

import (
	"context"
	"testing"

	cadvisorv2 "github.com/google/cadvisor/info/v2"
	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/kubelet/cm"

	"eks-local/node/internal/nodespec"
)

func node(t *testing.T) *nodespec.Spec {
	t.Helper()
	return &nodespec.Spec{Name: "ip-10-0-0-5.ec2.internal", Address: "10.0.0.5", ProviderID: "aws:///us-east-1a/i-0123", MaxPods: 11,
		CPUs: 2, MemoryBytes: 4 << 30, EphemeralStorageBytes: 20 << 30, RootDir: t.TempDir(), LogDir: "/var/log",
		KubeReserved: map[string]string{"cpu": "70m", "memory": "300Mi"}, SystemReserved: map[string]string{"memory": "100Mi"},
		Labels: map[string]string{"topology.kubernetes.io/zone": "us-east-1a"},
		Taints: []v1.Taint{{Key: "dedicated", Effect: v1.TaintEffectNoSchedule}}}
}

func TestTheMachineIsTheInstance(t *testing.T) {
	m := machine{node(t)}
	info, err := m.MachineInfo()
	if err != nil || info.NumCores != 2 || info.MemoryCapacity != 4<<30 || info.InstanceID != "i-0123" || info.SystemUUID != "i-0123" {
		t.Errorf("%+v, %v", info, err)
	}
	version, err := m.VersionInfo()
	if err != nil || version.KernelVersion == "" || version.ContainerOsVersion != "Amazon Linux 2023 (emulated)" {
		t.Errorf("%+v, %v", version, err)
	}
	disk, err := m.RootFsInfo()
	if err != nil || disk.Capacity == 0 || disk.Available > disk.Capacity || disk.Mountpoint != m.spec.RootDir {
		t.Errorf("%+v, %v", disk, err)
	}
	images, err := m.ImagesFsInfo(context.Background())
	if err != nil || images.Device != disk.Device { // the kubelet tells the two file systems apart by it
		t.Errorf("%+v, %v", images, err)
	}
	m.spec.RootDir = "/no/such/folder"
	if _, err := m.RootFsInfo(); err == nil {
		t.Error("a folder that is not there has a size")
	}
	if stats, err := m.ContainerInfoV2("/", cadvisorv2.RequestOptions{}); err != nil || len(stats["/"].Stats) != 1 {
		t.Errorf("%v, %v", stats, err) // one, or the kubelet's summary fails
	}
}

func TestCapacityAndReservations(t *testing.T) {
	h := host{cm.NewStubContainerManager(), node(t)}
	disk, memory, cpu := h.GetCapacity(true)[v1.ResourceEphemeralStorage], h.GetNodeAllocatableReservation()[v1.ResourceMemory], h.GetNodeAllocatableReservation()[v1.ResourceCPU]
	if disk.String() != "20Gi" || memory.String() != "400Mi" || cpu.String() != "70m" {
		t.Errorf("disk %s; of memory %s and of cpu %s are reserved", disk.String(), memory.String(), cpu.String())
	}
}

func TestTheKubeletFollowsTheSpec(t *testing.T) {
	spec := node(t)
	spec.ClientCAFile, spec.ClusterDNS, spec.ClusterDomain = "/ca", []string{"172.20.0.10"}, "cluster.local"
	server, err := configure(spec)
	if err != nil {
		t.Fatal(err)
	}
	f, c := server.KubeletFlags, server.KubeletConfiguration
	if f.HostnameOverride != spec.Name || f.NodeIP != "10.0.0.5" || f.NodeLabels["topology.kubernetes.io/zone"] != "us-east-1a" || f.RootDirectory != spec.RootDir {
		t.Errorf("%+v", f)
	}
	if c.ProviderID != spec.ProviderID || c.RegisterWithTaints[0].Key != "dedicated" || c.MaxPods != 11 || c.ClusterDNS[0] != "172.20.0.10" ||
		c.PodLogsDir != "/var/log/pods" {
		t.Errorf("%+v", c)
	}
	if c.Authentication.Anonymous.Enabled || c.Authentication.X509.ClientCAFile != "/ca" || c.Authorization.Mode != "Webhook" || c.ReadOnlyPort != 0 {
		t.Errorf("the kubelet lets others in: %+v %+v", c.Authentication, c.Authorization)
	}
	if c.ContainerLogMaxSize != "10Mi" || c.ContainerLogMaxFiles != 5 || c.ImageGCHighThresholdPercent != 100 || len(c.EvictionHard) > 0 {
		t.Errorf("logs %s × %d, images above %d %%, evictions %v", c.ContainerLogMaxSize, c.ContainerLogMaxFiles, c.ImageGCHighThresholdPercent, c.EvictionHard)
	}
}
