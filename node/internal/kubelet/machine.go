package kubelet

import (
	"context"
	"path"
	"time"

	cadvisorapi "github.com/google/cadvisor/info/v1"
	cadvisorv2 "github.com/google/cadvisor/info/v2"
	"golang.org/x/sys/unix"
	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/kubelet/cadvisor"
	"k8s.io/kubernetes/pkg/kubelet/cm"

	"eks-local/node/internal/nodespec"
)

// machine is a cadvisor that reports the EC2 instance instead of the host.
type machine struct{ spec *nodespec.Spec }

var _ cadvisor.Interface = machine{}

func (machine) Start() error { return nil }

func (machine) ContainerInfoV2(name string, _ cadvisorv2.RequestOptions) (map[string]cadvisorv2.ContainerInfo, error) {
	return map[string]cadvisorv2.ContainerInfo{name: {Stats: []*cadvisorv2.ContainerStats{{Timestamp: time.Now()}}}}, nil
}

func (machine) GetRequestedContainersInfo(string, cadvisorv2.RequestOptions) (map[string]*cadvisorapi.ContainerInfo, error) {
	return map[string]*cadvisorapi.ContainerInfo{}, nil
}

func (m machine) MachineInfo() (*cadvisorapi.MachineInfo, error) {
	id := path.Base(m.spec.ProviderID) // aws:///ZONE/INSTANCE
	return &cadvisorapi.MachineInfo{NumCores: m.spec.CPUs, MemoryCapacity: m.spec.MemoryBytes,
		InstanceID: cadvisorapi.InstanceID(id), MachineID: id, SystemUUID: id, BootID: id}, nil
}

func (machine) VersionInfo() (*cadvisorapi.VersionInfo, error) {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return nil, err
	}
	return &cadvisorapi.VersionInfo{KernelVersion: unix.ByteSliceToString(name.Release[:]), ContainerOsVersion: "Amazon Linux 2023 (emulated)"}, nil
}

func (m machine) fs() (cadvisorv2.FsInfo, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(m.spec.RootDir, &s); err != nil {
		return cadvisorv2.FsInfo{}, err
	}
	block := uint64(s.Bsize)
	files, free := s.Files, s.Ffree
	return cadvisorv2.FsInfo{Timestamp: time.Now(), Device: "root", Mountpoint: m.spec.RootDir, Capacity: s.Blocks * block,
		Available: s.Bavail * block, Usage: (s.Blocks - s.Bfree) * block, Inodes: &files, InodesFree: &free}, nil
}

func (m machine) ImagesFsInfo(context.Context) (cadvisorv2.FsInfo, error)    { return m.fs() }
func (m machine) RootFsInfo() (cadvisorv2.FsInfo, error)                     { return m.fs() }
func (m machine) ContainerFsInfo(context.Context) (cadvisorv2.FsInfo, error) { return m.fs() }
func (m machine) GetDirFsInfo(string) (cadvisorv2.FsInfo, error)             { return m.fs() }

// host is the kubelet's stub container manager (no cgroups) with the instance's disk and reservations.
type host struct {
	cm.ContainerManager
	spec *nodespec.Spec
}

func (h host) GetCapacity(bool) v1.ResourceList { return h.spec.Capacity() }

func (h host) GetNodeAllocatableReservation() v1.ResourceList { return h.spec.Reserved() }
