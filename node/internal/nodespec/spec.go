// Package nodespec is the file that tells a node what it is: `eks-node kubelet --spec FILE`.
//
// Whoever boots an instance decides all of it (nodeadm does on EKS); the node only follows. Knows the file; does not
// know the kubelet.
package nodespec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Spec is one node. Paths are those inside the instance.
type Spec struct {
	Name       string `json:"name"`    // of the Node object
	Address    string `json:"address"` // InternalIP; where the kubelet listens, on port 10250
	ProviderID string `json:"provider_id"`

	Kubeconfig   string `json:"kubeconfig"`     // how the kubelet reaches and proves itself to the API server
	ClientCAFile string `json:"client_ca_file"` // who may call the kubelet with a certificate

	MaxPods               int32             `json:"max_pods"`
	CPUs                  int               `json:"cpus"`
	MemoryBytes           uint64            `json:"memory_bytes"`
	EphemeralStorageBytes int64             `json:"ephemeral_storage_bytes"`
	KubeReserved          map[string]string `json:"kube_reserved"`
	SystemReserved        map[string]string `json:"system_reserved"`
	Labels                map[string]string `json:"labels"`
	Taints                []v1.Taint        `json:"taints"`

	ClusterDNS    []string `json:"cluster_dns"`
	ClusterDomain string   `json:"cluster_domain"`

	Catalogue    string            `json:"catalogue"` // the image catalogue
	CNIConfDir   string            `json:"cni_conf_dir"`
	CNIBinDir    string            `json:"cni_bin_dir"`
	ContainerEnv map[string]string `json:"container_env"` // added to every container

	RootDir    string `json:"root_dir"`    // the kubelet's state
	RuntimeDir string `json:"runtime_dir"` // containers; emptied at start
	LogDir     string `json:"log_dir"`     // Pods' logs go to its folder "pods"
}

// Load reads a spec. A field that it does not know is an error, for it would be a decision not followed.
func Load(file string) (*Spec, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	s, err := Parse(content)
	if err != nil {
		return nil, fmt.Errorf("node spec %s: %w", file, err)
	}
	return s, nil
}

// Parse is Load of content.
func Parse(content []byte) (*Spec, error) {
	s := Spec{ClusterDomain: "cluster.local"}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		return nil, err
	}
	return &s, s.check()
}

func (s *Spec) check() error {
	var all []error
	for name, value := range map[string]string{
		"name": s.Name, "kubeconfig": s.Kubeconfig, "client_ca_file": s.ClientCAFile, "catalogue": s.Catalogue,
		"cni_conf_dir": s.CNIConfDir, "cni_bin_dir": s.CNIBinDir,
		"root_dir": s.RootDir, "runtime_dir": s.RuntimeDir, "log_dir": s.LogDir,
	} {
		if value == "" {
			all = append(all, fmt.Errorf("%s is missing", name))
		}
	}
	if address, err := netip.ParseAddr(s.Address); err != nil {
		all = append(all, fmt.Errorf("address: %w", err))
	} else if address.IsLoopback() {
		all = append(all, errors.New("address: a kubelet's must not be a loopback address"))
	}
	if s.CPUs < 1 || s.MemoryBytes == 0 || s.EphemeralStorageBytes <= 0 || s.MaxPods < 0 {
		all = append(all, errors.New("cpus, memory_bytes and ephemeral_storage_bytes must be positive, max_pods not negative"))
	}
	for _, reserved := range []map[string]string{s.KubeReserved, s.SystemReserved} {
		for name, quantity := range reserved {
			if _, err := resource.ParseQuantity(quantity); err != nil {
				all = append(all, fmt.Errorf("reserved %s: %q: %w", name, quantity, err))
			}
		}
	}
	return errors.Join(all...)
}

// Capacity is what the node has of what the kubelet does not measure itself.
func (s *Spec) Capacity() v1.ResourceList {
	return v1.ResourceList{v1.ResourceEphemeralStorage: *resource.NewQuantity(s.EphemeralStorageBytes, resource.BinarySI)}
}

// Reserved is what Pods cannot have: kube_reserved and system_reserved together.
func (s *Spec) Reserved() v1.ResourceList {
	sum := v1.ResourceList{}
	for _, reserved := range []map[string]string{s.KubeReserved, s.SystemReserved} {
		for name, quantity := range reserved {
			total := sum[v1.ResourceName(name)]
			total.Add(resource.MustParse(quantity)) // check has parsed it
			sum[v1.ResourceName(name)] = total
		}
	}
	return sum
}
