package cri

import (
	"context"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"eks-local/node/internal/catalogue"
	"eks-local/node/internal/unshared"
)

// images are the tests' catalogue: a shell that is the host's, and what a bundle takes from an image.
const images = `[
	{"name": "shell", "entrypoint": ["/bin/sh", "-c"], "cmd": ["exit 7"]},
	{"name": "web:1", "entrypoint": ["/web"], "cmd": ["--port", "80"], "env": ["PATH=/app", "MODE=image"], "workdir": "/app", "user": "101:102",
	 "binds": [{"source": "$BIN/web", "target": "/web"}]},
	{"name": "empty"}
]`

func newRuntime(t *testing.T) *Runtime {
	t.Helper()
	dir := t.TempDir()
	found, err := catalogue.Parse([]byte(images), "/opt/bin", "/opt/catalogue")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	r, err := New(ctx, Options{Root: filepath.Join(dir, "root"), NetnsDir: filepath.Join(dir, "netns"), CNIConfDir: filepath.Join(dir, "net.d"),
		CNIBinDir: filepath.Join(dir, "bin"), Images: found, Env: map[string]string{"NODE": "node", "MODE": "node"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.StopAll(0) })
	return r
}

// pod is the configuration of a sandbox on the node's network, so that no CNI plugin is needed.
func pod(t *testing.T, name string) *runtimeapi.PodSandboxConfig {
	t.Helper()
	return &runtimeapi.PodSandboxConfig{
		Metadata: &runtimeapi.PodSandboxMetadata{Name: name, Namespace: "default", Uid: "uid-" + name}, LogDirectory: t.TempDir(),
		Labels: map[string]string{"app": name},
		Linux: &runtimeapi.LinuxPodSandboxConfig{SecurityContext: &runtimeapi.LinuxSandboxSecurityContext{
			NamespaceOptions: &runtimeapi.NamespaceOption{Network: runtimeapi.NamespaceMode_NODE, Pid: runtimeapi.NamespaceMode_CONTAINER}}},
	}
}

func run(t *testing.T, r *Runtime, config *runtimeapi.PodSandboxConfig) (sandbox string) {
	t.Helper()
	id, err := r.RunPodSandbox(context.Background(), config, "")
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// shell is the configuration of a container that runs a script.
func shell(script string) *runtimeapi.ContainerConfig {
	return &runtimeapi.ContainerConfig{Metadata: &runtimeapi.ContainerMetadata{Name: "main"}, LogPath: "main.log",
		Image: &runtimeapi.ImageSpec{Image: "shell"}, Args: []string{script},
		Linux: &runtimeapi.LinuxContainerConfig{SecurityContext: &runtimeapi.LinuxContainerSecurityContext{
			NamespaceOptions: &runtimeapi.NamespaceOption{Network: runtimeapi.NamespaceMode_NODE, Pid: runtimeapi.NamespaceMode_CONTAINER}}}}
}

func create(t *testing.T, r *Runtime, sandbox string, config *runtimeapi.ContainerConfig) (id string) {
	t.Helper()
	id, err := r.CreateContainer(context.Background(), sandbox, config, nil)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// eventually fails the test when a condition does not come true; describe says what was last seen.
func eventually(t *testing.T, what string, describe func() any, holds func() bool) {
	t.Helper()
	for limit := time.Now().Add(10 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("waited 10 s for %s, last seen: %v", what, describe())
		}
	}
}

// inNamespaces runs the calling test again where crun works; see unshared.Test.
func inNamespaces(t *testing.T) bool {
	t.Helper()
	if _, err := exec.LookPath("crun"); err != nil {
		t.Skip("crun is not installed")
	}
	if !unshared.Test(t) {
		return false
	}
	// crun refuses hybrid cgroups and takes an empty folder for none, as on an instance.
	if out, err := exec.Command("mount", "-t", "tmpfs", "tmpfs", "/sys/fs/cgroup").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return true
}
