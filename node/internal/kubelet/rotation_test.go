package kubelet

import (
	"context"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/logs"

	"eks-local/node/internal/catalogue"
	"eks-local/node/internal/cri"
	"eks-local/node/internal/unshared"
)

// talker is a runtime with a container that never stops talking. It returns the container's log.
func talker(t *testing.T) (*cri.Runtime, string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	images, err := catalogue.Parse([]byte(`[{"name": "shell", "entrypoint": ["/bin/sh", "-c"]}]`), "", "")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	runtime, err := cri.New(ctx, cri.Options{Root: filepath.Join(dir, "root"), NetnsDir: filepath.Join(dir, "netns"), Images: images})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { runtime.StopAll(0) })
	namespaces := &runtimeapi.NamespaceOption{Network: runtimeapi.NamespaceMode_NODE, Pid: runtimeapi.NamespaceMode_CONTAINER}
	sandbox, err := runtime.RunPodSandbox(ctx, &runtimeapi.PodSandboxConfig{Metadata: &runtimeapi.PodSandboxMetadata{Name: "talker"}, LogDirectory: dir,
		Linux: &runtimeapi.LinuxPodSandboxConfig{SecurityContext: &runtimeapi.LinuxSandboxSecurityContext{NamespaceOptions: namespaces}}}, "")
	if err != nil {
		t.Fatal(err)
	}
	container, err := runtime.CreateContainer(ctx, sandbox, &runtimeapi.ContainerConfig{Metadata: &runtimeapi.ContainerMetadata{Name: "main"},
		Image: &runtimeapi.ImageSpec{Image: "shell"}, Args: []string{"while :; do echo talk; sleep 0.001; done"}, LogPath: "0.log",
		Linux: &runtimeapi.LinuxContainerConfig{SecurityContext: &runtimeapi.LinuxContainerSecurityContext{NamespaceOptions: namespaces}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := runtime.StartContainer(ctx, container); err != nil {
		t.Fatal(err)
	}
	return runtime, filepath.Join(dir, "0.log")
}

func TestTheKubeletRotatesLogs(t *testing.T) {
	if _, err := exec.LookPath("crun"); err != nil {
		t.Skip("crun is not installed")
	}
	if !unshared.Test(t) {
		return
	}
	// crun refuses hybrid cgroups and takes an empty folder for none, as on an instance.
	if out, err := exec.Command("mount", "-t", "tmpfs", "tmpfs", "/sys/fs/cgroup").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	runtime, log := talker(t)
	const files = 3
	manager, err := logs.NewContainerLogManager(runtime, kubecontainer.RealOS{}, "1Ki", files, 1, metav1.Duration{Duration: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	manager.Start(context.Background())
	seen := map[string]bool{}
	for limit := time.Now().Add(20 * time.Second); len(seen) <= files; time.Sleep(10 * time.Millisecond) {
		now, _ := filepath.Glob(log + ".*")
		compressed, _ := filepath.Glob(log + ".*.gz")
		for _, name := range compressed {
			seen[name] = true
		}
		// A file is there twice while it is compressed.
		if len(now) > files+1 || time.Now().After(limit) {
			t.Fatalf("of %d rotated logs are kept: %v", len(seen), now)
		}
	}
}
