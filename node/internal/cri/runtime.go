// Package cri is a container runtime, in process: Kubernetes' container runtime interface over crun, with Pod networks
// by CNI and images from a catalogue of programs.
//
// Knows the CRI, OCI run-time specs, CNI and crun. Does not know the kubelet, EKS or AWS.
// Source of the behaviour: the CRI's api.proto, and containerd where the interface leaves a choice.
package cri

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/kubelet/pkg/cri/streaming"

	"eks-local/node/internal/catalogue"
)

// Options says where a runtime keeps its state and what it runs.
type Options struct {
	Root       string // state; wiped at start, since no container outlives the runtime
	NetnsDir   string // where Pods' network namespaces are bound
	CNIConfDir string // as containerd's /etc/cni/net.d
	CNIBinDir  string // as containerd's /opt/cni/bin
	Images     *catalogue.Catalogue
	Env        map[string]string // added to every container's environment
}

// Runtime implements the kubelet's RuntimeService and ImageManagerService.
type Runtime struct {
	root, netnsDir string
	images         *catalogue.Catalogue
	env            map[string]string
	network        *network
	stream         streaming.Server
	oneUser        bool // only uid 0 is mapped in this user namespace

	mu         sync.Mutex
	sandboxes  map[string]*sandbox
	containers map[string]*container
	pulled     map[string]string // image ID → reference
}

// New makes a runtime and starts its streaming server and its reaper, which end with ctx.
func New(ctx context.Context, o Options) (*Runtime, error) {
	if err := os.RemoveAll(o.Root); err != nil {
		return nil, fmt.Errorf("wipe what an earlier run left: %w", err)
	}
	for _, d := range []string{filepath.Join(o.Root, "crun"), filepath.Join(o.Root, "containers"), o.NetnsDir} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return nil, err
		}
	}
	r := &Runtime{root: o.Root, netnsDir: o.NetnsDir, images: o.Images, env: o.Env, oneUser: inUserNamespace(),
		network:   newNetwork(o.CNIConfDir, o.CNIBinDir, filepath.Join(o.Root, "cni")),
		sandboxes: map[string]*sandbox{}, containers: map[string]*container{}, pulled: map[string]string{}}
	// Containers outlive the crun process that starts them, so this process adopts and reaps them.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return nil, err
	}
	if err := r.serveStreams(ctx); err != nil {
		return nil, err
	}
	go reapOrphans(ctx)
	return r, nil
}

// serveStreams listens itself, since the streaming server learns its port only some time after Start.
func (r *Runtime) serveStreams(ctx context.Context) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	config := streaming.DefaultConfig
	config.Addr = listener.Addr().String()
	if r.stream, err = streaming.NewServer(config, streamer{r}); err != nil {
		_ = listener.Close()
		return err
	}
	server := &http.Server{Handler: r.stream, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	return nil
}

func inUserNamespace() bool {
	content, _ := os.ReadFile("/proc/self/uid_map")
	return !strings.Contains(string(content), "4294967295")
}

func newID() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

func labelsMatch(want, have map[string]string) bool {
	for k, v := range want {
		if have[k] != v {
			return false
		}
	}
	return true
}

func notFound(kind, id string) error {
	return status.Errorf(codes.NotFound, "%s %q not found", kind, id)
}

// Version names the runtime it stands in for, since EKS's nodes run containerd and programs look at it.
func (r *Runtime) Version(context.Context, string) (*runtimeapi.VersionResponse, error) {
	return &runtimeapi.VersionResponse{Version: "0.1.0", RuntimeName: "containerd", RuntimeVersion: "2.1.5", RuntimeApiVersion: "v1"}, nil
}

// Status is Ready; the network is ready when there is a CNI configuration, as containerd has it.
func (r *Runtime) Status(context.Context, bool) (*runtimeapi.StatusResponse, error) {
	ready := &runtimeapi.RuntimeCondition{Type: runtimeapi.NetworkReady, Status: true}
	if err := r.network.ready(); err != nil {
		ready = &runtimeapi.RuntimeCondition{Type: runtimeapi.NetworkReady, Reason: "NetworkPluginNotReady",
			Message: "Network plugin returns error: cni plugin not initialized"}
	}
	return &runtimeapi.StatusResponse{Status: &runtimeapi.RuntimeStatus{Conditions: []*runtimeapi.RuntimeCondition{
		{Type: runtimeapi.RuntimeReady, Status: true}, ready}}}, nil
}

// RuntimeConfig has nothing to say: there are no cgroups to drive.
func (r *Runtime) RuntimeConfig(context.Context) (*runtimeapi.RuntimeConfigResponse, error) {
	return &runtimeapi.RuntimeConfigResponse{}, nil
}

// UpdateRuntimeConfig takes the Pod CIDR, which the VPC CNI does not use.
func (r *Runtime) UpdateRuntimeConfig(context.Context, *runtimeapi.RuntimeConfig) error { return nil }

// Close ends nothing: containers end by StopAll.
func (r *Runtime) Close() error { return nil }

// StopAll ends every container (SIGTERM, then SIGKILL after grace seconds) and removes every sandbox.
func (r *Runtime) StopAll(grace int64) {
	r.mu.Lock()
	ids := make([]string, 0, len(r.containers))
	for id := range r.containers {
		ids = append(ids, id)
	}
	boxes := make([]string, 0, len(r.sandboxes))
	for id := range r.sandboxes {
		boxes = append(boxes, id)
	}
	r.mu.Unlock()
	var wait sync.WaitGroup
	for _, id := range ids {
		wait.Go(func() { _ = r.StopContainer(context.Background(), id, grace) })
	}
	wait.Wait()
	for _, id := range boxes {
		_ = r.RemovePodSandbox(context.Background(), id)
	}
}
