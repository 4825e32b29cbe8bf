package cri

import (
	"context"
	"slices"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"eks-local/node/internal/catalogue"
)

// find returns the image a Pod's reference or an image ID means; nil when the catalogue has none.
func (r *Runtime) find(reference string) *catalogue.Image {
	if pulled := r.pulledName(reference); pulled != "" {
		reference = pulled
	}
	return r.images.Find(reference)
}

func (r *Runtime) pulledName(id string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pulled[id]
}

func imageProto(reference string, image *catalogue.Image) *runtimeapi.Image {
	user, _, _ := image.IDs() // the catalogue has checked them
	return &runtimeapi.Image{Id: catalogue.ID(reference), RepoTags: []string{catalogue.Canonical(reference)}, Size: 1 << 20,
		Uid: &runtimeapi.Int64Value{Value: user}, Spec: &runtimeapi.ImageSpec{Image: reference}}
}

// ListImages lists what this node has pulled.
func (r *Runtime) ListImages(context.Context, *runtimeapi.ImageFilter) ([]*runtimeapi.Image, error) {
	r.mu.Lock()
	references := make([]string, 0, len(r.pulled))
	for _, reference := range r.pulled {
		references = append(references, reference)
	}
	r.mu.Unlock()
	slices.Sort(references)
	out := make([]*runtimeapi.Image, 0, len(references))
	for _, reference := range references {
		if image := r.find(reference); image != nil {
			out = append(out, imageProto(reference, image))
		}
	}
	return out, nil
}

// ImageStatus answers whether an image was pulled.
func (r *Runtime) ImageStatus(_ context.Context, spec *runtimeapi.ImageSpec, _ bool) (*runtimeapi.ImageStatusResponse, error) {
	reference := spec.Image
	if name := r.pulledName(reference); name != "" {
		reference = name
	} else if r.pulledName(catalogue.ID(reference)) == "" {
		return &runtimeapi.ImageStatusResponse{}, nil
	}
	return &runtimeapi.ImageStatusResponse{Image: imageProto(reference, r.find(reference))}, nil
}

// PullImage succeeds for images of the catalogue; the error of others says what they are missing from.
func (r *Runtime) PullImage(_ context.Context, spec *runtimeapi.ImageSpec, _ *runtimeapi.AuthConfig, _ *runtimeapi.PodSandboxConfig) (string, error) {
	if r.find(spec.Image) == nil {
		return "", status.Errorf(codes.NotFound, "failed to pull and unpack image %q: not in the local image catalogue (on the local target images are programs of a catalogue, not downloads)", spec.Image)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	id := catalogue.ID(spec.Image)
	r.pulled[id] = spec.Image
	return id, nil
}

// RemoveImage forgets that an image was pulled.
func (r *Runtime) RemoveImage(_ context.Context, spec *runtimeapi.ImageSpec) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.pulled, spec.Image)
	delete(r.pulled, catalogue.ID(spec.Image))
	return nil
}

// ImageFsInfo reports a nominal size: catalogue images take no space of their own.
func (r *Runtime) ImageFsInfo(context.Context) (*runtimeapi.ImageFsInfoResponse, error) {
	fs := []*runtimeapi.FilesystemUsage{{Timestamp: time.Now().UnixNano(), FsId: &runtimeapi.FilesystemIdentifier{Mountpoint: r.root},
		UsedBytes: &runtimeapi.UInt64Value{Value: 1 << 20}, InodesUsed: &runtimeapi.UInt64Value{Value: 1}}}
	return &runtimeapi.ImageFsInfoResponse{ImageFilesystems: fs, ContainerFilesystems: fs}, nil
}
