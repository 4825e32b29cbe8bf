package cri

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/containernetworking/cni/libcni"
	types "github.com/containernetworking/cni/pkg/types/100"
	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// cniTimeout bounds one ADD or DEL: the kubelet gives a sandbox four minutes in all.
const cniTimeout = 100 * time.Second

// network gives Pods their network by CNI, as containerd does: the first configuration in the folder, by name.
type network struct {
	confDir string
	cni     *libcni.CNIConfig
}

func newNetwork(confDir, binDir, cache string) *network {
	return &network{confDir: confDir, cni: libcni.NewCNIConfigWithCacheDir([]string{binDir}, cache, nil)}
}

// config reads the configuration anew: add-ons rewrite it while the node runs.
func (n *network) config() (*libcni.NetworkConfigList, error) {
	files, err := libcni.ConfFiles(n.confDir, []string{".conf", ".conflist", ".json"})
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	for _, file := range files {
		if filepath.Ext(file) == ".conflist" {
			return libcni.ConfListFromFile(file)
		}
		single, err := libcni.ConfFromFile(file)
		if err != nil {
			return nil, err
		}
		return libcni.ConfListFromConf(single)
	}
	return nil, fmt.Errorf("no network config found in %s: cni plugin not initialized", n.confDir)
}

func (n *network) ready() error {
	_, err := n.config()
	return err
}

func arguments(id, path string, pod *runtimeapi.PodSandboxConfig) *libcni.RuntimeConf {
	var ports []map[string]any
	for _, p := range pod.PortMappings {
		if p.HostPort > 0 {
			ports = append(ports, map[string]any{"hostPort": p.HostPort, "containerPort": p.ContainerPort, "protocol": p.Protocol.String(), "hostIP": p.HostIp})
		}
	}
	conf := &libcni.RuntimeConf{ContainerID: id, NetNS: path, IfName: "eth0", Args: [][2]string{
		{"IgnoreUnknown", "1"},
		{"K8S_POD_NAMESPACE", pod.Metadata.Namespace},
		{"K8S_POD_NAME", pod.Metadata.Name},
		{"K8S_POD_INFRA_CONTAINER_ID", id},
		{"K8S_POD_UID", pod.Metadata.Uid},
	}}
	if ports != nil {
		conf.CapabilityArgs = map[string]any{"portMappings": ports}
	}
	return conf
}

// add connects a Pod's namespace and returns its first address.
func (n *network) add(ctx context.Context, id, path string, pod *runtimeapi.PodSandboxConfig) (string, error) {
	list, err := n.config()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, cniTimeout)
	defer cancel()
	answer, err := n.cni.AddNetworkList(ctx, list, arguments(id, path, pod))
	if err != nil {
		return "", err
	}
	result, err := types.NewResultFromResult(answer)
	if err != nil {
		return "", err
	}
	for _, ip := range result.IPs {
		return ip.Address.IP.String(), nil
	}
	return "", fmt.Errorf("the CNI plugin %s gave no address", list.Name)
}

func (n *network) remove(ctx context.Context, id, path string, pod *runtimeapi.PodSandboxConfig) error {
	list, err := n.config()
	if err != nil {
		return nil // no configuration any more: nothing of it can be undone
	}
	ctx, cancel := context.WithTimeout(ctx, cniTimeout)
	defer cancel()
	return n.cni.DelNetworkList(ctx, list, arguments(id, path, pod))
}

// newNamespace makes a network namespace bound at path, its loopback up.
func newNamespace(path string) error {
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return err
	}
	err := onThread(func() error {
		ns, err := netns.New()
		if err != nil {
			return fmt.Errorf("new network namespace: %w", err)
		}
		defer func() { _ = ns.Close() }()
		if err := unix.Mount(fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid()), path, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("keep network namespace: %w", err)
		}
		lo, err := netlink.LinkByName("lo")
		if err != nil {
			return err
		}
		return netlink.LinkSetUp(lo)
	})
	if err != nil {
		removeNamespace(path)
	}
	return err
}

func removeNamespace(path string) {
	_ = unix.Unmount(path, unix.MNT_DETACH)
	_ = os.Remove(path)
}

// dialIn connects from inside a network namespace; path "" is the instance's own.
func dialIn(path, address string) (net.Conn, error) {
	if path == "" {
		return net.DialTimeout("tcp4", address, 5*time.Second)
	}
	var conn net.Conn
	err := onThread(func() error {
		ns, err := netns.GetFromPath(path)
		if err != nil {
			return err
		}
		defer func() { _ = ns.Close() }()
		if err := netns.Set(ns); err != nil {
			return err
		}
		conn, err = net.DialTimeout("tcp4", address, 5*time.Second)
		return err
	})
	return conn, err
}

// onThread runs f on a thread that ends afterwards, so that no other goroutine meets the namespace f leaves it in.
func onThread(f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread dies with the goroutine
		done <- f()
	}()
	return <-done
}
