package cri

import (
	"context"
	"os"
	"path/filepath"
	"sort"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// sandbox is a Pod's place: its configuration and its network. It has no process of its own.
type sandbox struct {
	id      string
	config  *runtimeapi.PodSandboxConfig
	created int64
	netns   string // "" when the Pod uses the node's network
	ip      string
	ready   bool // guarded by Runtime.mu
}

func (s *sandbox) namespaces() *runtimeapi.NamespaceOption {
	return s.config.GetLinux().GetSecurityContext().GetNamespaceOptions()
}

// hostname is the Pod's name, or the node's for a Pod on the node's network, which the kubelet gives none.
func (s *sandbox) hostname() string {
	if s.config.Hostname != "" {
		return s.config.Hostname
	}
	name, _ := os.Hostname()
	return name
}

func (s *sandbox) state() runtimeapi.PodSandboxState {
	if s.ready {
		return runtimeapi.PodSandboxState_SANDBOX_READY
	}
	return runtimeapi.PodSandboxState_SANDBOX_NOTREADY
}

// RunPodSandbox connects a Pod to the network. Errors read as containerd's, since they end up in the Pod's events.
func (r *Runtime) RunPodSandbox(ctx context.Context, config *runtimeapi.PodSandboxConfig, _ string) (string, error) {
	s := &sandbox{id: newID(), config: config, ready: true, created: time.Now().UnixNano()}
	if s.namespaces().GetPid() == runtimeapi.NamespaceMode_POD {
		return "", status.Error(codes.Unimplemented, "shareProcessNamespace is not supported by this runtime")
	}
	if s.namespaces().GetNetwork() != runtimeapi.NamespaceMode_NODE {
		s.netns = filepath.Join(r.netnsDir, "cni-"+s.id[:32])
		if err := newNamespace(s.netns); err != nil {
			return "", status.Errorf(codes.Unknown, "failed to create network namespace for sandbox %q: %v", s.id, err)
		}
		ip, err := r.network.add(ctx, s.id, s.netns, config)
		if err != nil {
			// Also when the kubelet gave up on ADD because the Pod was deleted: the plugin may have given an address.
			_ = r.network.remove(context.WithoutCancel(ctx), s.id, s.netns, config)
			removeNamespace(s.netns)
			return "", status.Errorf(codes.Unknown, "failed to setup network for sandbox %q: %v", s.id, err)
		}
		s.ip = ip
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sandboxes[s.id] = s
	return s.id, nil
}

// StopPodSandbox ends the Pod's containers and gives its address back. Idempotent.
func (r *Runtime) StopPodSandbox(ctx context.Context, id string) error {
	for _, c := range r.containersOf(id) {
		if err := r.StopContainer(ctx, c, 0); err != nil {
			return err
		}
	}
	r.mu.Lock()
	s := r.sandboxes[id]
	stopped := s == nil || !s.ready
	if s != nil {
		s.ready = false
	}
	r.mu.Unlock()
	if stopped || s.netns == "" {
		return nil
	}
	err := r.network.remove(ctx, id, s.netns, s.config)
	if err != nil {
		r.mu.Lock()
		s.ready = true // the kubelet tries again
		r.mu.Unlock()
		return status.Errorf(codes.Unknown, "failed to destroy network for sandbox %q: %v", id, err)
	}
	removeNamespace(s.netns)
	return nil
}

// RemovePodSandbox also forgets the sandbox and its containers. Idempotent.
func (r *Runtime) RemovePodSandbox(ctx context.Context, id string) error {
	if err := r.StopPodSandbox(ctx, id); err != nil {
		return err
	}
	for _, c := range r.containersOf(id) {
		if err := r.RemoveContainer(ctx, c); err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.sandboxes, id)
	return nil
}

func (r *Runtime) containersOf(sandbox string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for _, c := range r.containers {
		if c.sandbox.id == sandbox {
			out = append(out, c.id)
		}
	}
	return out
}

// PodSandboxStatus reports one sandbox.
func (r *Runtime) PodSandboxStatus(_ context.Context, id string, _ bool) (*runtimeapi.PodSandboxStatusResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.sandboxes[id]
	if s == nil {
		return nil, notFound("sandbox", id)
	}
	return &runtimeapi.PodSandboxStatusResponse{Status: &runtimeapi.PodSandboxStatus{
		Id: s.id, Metadata: s.config.Metadata, State: s.state(), CreatedAt: s.created,
		Network: &runtimeapi.PodSandboxNetworkStatus{Ip: s.ip}, Labels: s.config.Labels, Annotations: s.config.Annotations,
		Linux: &runtimeapi.LinuxPodSandboxStatus{Namespaces: &runtimeapi.Namespace{Options: s.namespaces()}}}}, nil
}

// ListPodSandbox lists sandboxes, newest first.
func (r *Runtime) ListPodSandbox(_ context.Context, f *runtimeapi.PodSandboxFilter) ([]*runtimeapi.PodSandbox, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []*runtimeapi.PodSandbox
	for _, s := range r.sandboxes {
		if f != nil && (f.Id != "" && f.Id != s.id || f.State != nil && f.State.State != s.state() || !labelsMatch(f.LabelSelector, s.config.Labels)) {
			continue
		}
		out = append(out, &runtimeapi.PodSandbox{Id: s.id, Metadata: s.config.Metadata, State: s.state(), CreatedAt: s.created,
			Labels: s.config.Labels, Annotations: s.config.Annotations})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].CreatedAt > out[j].CreatedAt })
	return out, nil
}

// UpdatePodSandboxResources has nothing to update: there are no cgroups.
func (r *Runtime) UpdatePodSandboxResources(context.Context, *runtimeapi.UpdatePodSandboxResourcesRequest) (*runtimeapi.UpdatePodSandboxResourcesResponse, error) {
	return &runtimeapi.UpdatePodSandboxResourcesResponse{}, nil
}
