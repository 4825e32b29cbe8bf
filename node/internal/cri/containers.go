package cri

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	spec "github.com/opencontainers/runtime-spec/specs-go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"eks-local/node/internal/catalogue"
)

// container is one container of a Pod. The fields from `state` on are guarded by Runtime.mu.
type container struct {
	id, dir, logPath string
	sandbox          *sandbox
	config           *runtimeapi.ContainerConfig
	image            *catalogue.Image
	env              []string
	namespaces       []spec.LinuxNamespace
	userNS           bool // runs in a user namespace of its own, as a user other than root
	created          int64
	done             chan struct{} // closed when the process ended and its output is written

	// Written before the container is RUNNING, read only afterwards.
	pid     int
	process *os.Process // signals reach it alone, also when its pid was given to another since
	mounts  string      // its mount namespace
	streams *streams
	out     *logger

	state             runtimeapi.ContainerState
	started, finished int64
	exitCode          int32
	reason, message   string
}

// CreateContainer makes the container's files; StartContainer starts its process.
func (r *Runtime) CreateContainer(_ context.Context, sandboxID string, config *runtimeapi.ContainerConfig, _ *runtimeapi.PodSandboxConfig) (string, error) {
	r.mu.Lock()
	s := r.sandboxes[sandboxID]
	r.mu.Unlock()
	if s == nil {
		return "", notFound("sandbox", sandboxID)
	}
	image := r.find(config.Image.Image)
	if image == nil {
		return "", status.Errorf(codes.NotFound, "image %q is not in the catalogue", config.Image.Image)
	}
	c := &container{id: newID(), sandbox: s, config: config, image: image, created: time.Now().UnixNano(), done: make(chan struct{})}
	c.dir = filepath.Join(r.root, "containers", c.id)
	c.logPath = filepath.Join(s.config.LogDirectory, config.LogPath)
	if err := r.writeBundle(c); err != nil {
		_ = os.RemoveAll(c.dir)
		return "", err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.containers[c.id] = c
	return c.id, nil
}

func (r *Runtime) get(id string) (*container, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.containers[id]; c != nil {
		return c, nil
	}
	for full, c := range r.containers {
		if len(id) >= 12 && strings.HasPrefix(full, id) {
			return c, nil
		}
	}
	return nil, notFound("container", id)
}

// in returns a container that is in a state; the error of another reads as containerd's.
func (r *Runtime) in(id string, state runtimeapi.ContainerState) (*container, error) {
	c, err := r.get(id)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.state != state {
		return nil, status.Errorf(codes.Unknown, "container is in %s state", c.state)
	}
	return c, nil
}

func (r *Runtime) running(id string) (*container, error) {
	return r.in(id, runtimeapi.ContainerState_CONTAINER_RUNNING)
}

// RemoveContainer ends and forgets a container. Idempotent.
func (r *Runtime) RemoveContainer(ctx context.Context, id string) error {
	c, err := r.get(id)
	if err != nil {
		return nil
	}
	if err := r.StopContainer(ctx, c.id, 0); err != nil {
		return err
	}
	r.mu.Lock()
	delete(r.containers, c.id)
	r.mu.Unlock()
	return os.RemoveAll(c.dir)
}

// reference is the image as the Pod names it, also when the kubelet passes the ID it resolved it to.
func (c *container) reference() string {
	if named := c.config.Image.UserSpecifiedImage; named != "" {
		return named
	}
	return c.config.Image.Image
}

// ListContainers lists what matches the filter.
func (r *Runtime) ListContainers(_ context.Context, f *runtimeapi.ContainerFilter) ([]*runtimeapi.Container, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []*runtimeapi.Container
	for _, c := range r.containers {
		if f != nil && (f.Id != "" && f.Id != c.id || f.PodSandboxId != "" && f.PodSandboxId != c.sandbox.id ||
			f.State != nil && f.State.State != c.state || !labelsMatch(f.LabelSelector, c.config.Labels)) {
			continue
		}
		id := catalogue.ID(c.reference())
		out = append(out, &runtimeapi.Container{Id: c.id, PodSandboxId: c.sandbox.id, Metadata: c.config.Metadata, Image: c.config.Image,
			ImageRef: id, ImageId: id, State: c.state, CreatedAt: c.created, Labels: c.config.Labels, Annotations: c.config.Annotations})
	}
	return out, nil
}

// ContainerStatus reports one container.
func (r *Runtime) ContainerStatus(_ context.Context, id string, _ bool) (*runtimeapi.ContainerStatusResponse, error) {
	c, err := r.get(id)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	image := catalogue.ID(c.reference())
	return &runtimeapi.ContainerStatusResponse{Status: &runtimeapi.ContainerStatus{
		Id: c.id, Metadata: c.config.Metadata, State: c.state, CreatedAt: c.created, StartedAt: c.started, FinishedAt: c.finished,
		ExitCode: c.exitCode, Image: &runtimeapi.ImageSpec{Image: c.reference()}, ImageRef: image, ImageId: image,
		Reason: c.reason, Message: c.message, Labels: c.config.Labels, Annotations: c.config.Annotations,
		Mounts: c.config.Mounts, LogPath: c.logPath}}, nil
}

// ReopenContainerLog goes on in a new file after the kubelet rotated the old one.
func (r *Runtime) ReopenContainerLog(_ context.Context, id string) error {
	c, err := r.running(id)
	if err != nil {
		return err
	}
	return c.out.reopen()
}

// UpdateContainerResources has nothing to update: there are no cgroups, so limits are not enforced.
func (r *Runtime) UpdateContainerResources(context.Context, string, *runtimeapi.ContainerResources) error {
	return nil
}

// CheckpointContainer is not implemented.
func (r *Runtime) CheckpointContainer(context.Context, *runtimeapi.CheckpointContainerRequest) error {
	return status.Error(codes.Unimplemented, "checkpoint is not supported")
}

// GetContainerEvents is not implemented; the kubelet then lists.
func (r *Runtime) GetContainerEvents(context.Context, chan *runtimeapi.ContainerEventResponse, func(runtimeapi.RuntimeService_GetContainerEventsClient)) error {
	return status.Error(codes.Unimplemented, "container events are not supported")
}
