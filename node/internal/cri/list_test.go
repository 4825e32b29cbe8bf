package cri

import (
	"context"
	"slices"
	"strings"
	"testing"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func TestListPodSandbox(t *testing.T) {
	r := newRuntime(t)
	a, b := run(t, r, pod(t, "a")), run(t, r, pod(t, "b"))
	if err := r.StopPodSandbox(context.Background(), b); err != nil {
		t.Fatal(err)
	}
	names := map[string]string{a: "a", b: "b"}
	state := func(s runtimeapi.PodSandboxState) *runtimeapi.PodSandboxStateValue {
		return &runtimeapi.PodSandboxStateValue{State: s}
	}
	for _, c := range []struct {
		filter *runtimeapi.PodSandboxFilter
		want   string
	}{
		{nil, "b a"}, // the newest first
		{&runtimeapi.PodSandboxFilter{}, "b a"},
		{&runtimeapi.PodSandboxFilter{Id: a}, "a"},
		{&runtimeapi.PodSandboxFilter{Id: "none"}, ""},
		{&runtimeapi.PodSandboxFilter{State: state(runtimeapi.PodSandboxState_SANDBOX_READY)}, "a"},
		{&runtimeapi.PodSandboxFilter{State: state(runtimeapi.PodSandboxState_SANDBOX_NOTREADY)}, "b"},
		{&runtimeapi.PodSandboxFilter{LabelSelector: map[string]string{"app": "b"}}, "b"},
		{&runtimeapi.PodSandboxFilter{LabelSelector: map[string]string{"app": "b", "other": ""}}, "b"},
		{&runtimeapi.PodSandboxFilter{LabelSelector: map[string]string{"app": "b", "other": "x"}}, ""},
		{&runtimeapi.PodSandboxFilter{Id: a, State: state(runtimeapi.PodSandboxState_SANDBOX_NOTREADY)}, ""},
	} {
		found, err := r.ListPodSandbox(context.Background(), c.filter)
		var got []string
		for _, s := range found {
			got = append(got, names[s.Id])
		}
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%v: %v, %v, want %s", c.filter, got, err, c.want)
		}
	}
}

func TestListContainers(t *testing.T) {
	r := newRuntime(t)
	sandboxes := []string{run(t, r, pod(t, "a")), run(t, r, pod(t, "b"))}
	names := map[string]string{}
	ids := map[string]string{}
	for i, name := range []string{"a", "b"} {
		asked := shell("true")
		asked.Labels = map[string]string{"name": name}
		ids[name] = create(t, r, sandboxes[i], asked)
		names[ids[name]] = name
	}
	r.containers[ids["b"]].state = runtimeapi.ContainerState_CONTAINER_EXITED
	for _, c := range []struct {
		filter *runtimeapi.ContainerFilter
		want   string
	}{
		{nil, "a b"},
		{&runtimeapi.ContainerFilter{Id: ids["a"]}, "a"},
		{&runtimeapi.ContainerFilter{PodSandboxId: sandboxes[1]}, "b"},
		{&runtimeapi.ContainerFilter{PodSandboxId: sandboxes[1], Id: ids["a"]}, ""},
		{&runtimeapi.ContainerFilter{State: &runtimeapi.ContainerStateValue{State: runtimeapi.ContainerState_CONTAINER_CREATED}}, "a"},
		{&runtimeapi.ContainerFilter{State: &runtimeapi.ContainerStateValue{State: runtimeapi.ContainerState_CONTAINER_RUNNING}}, ""},
		{&runtimeapi.ContainerFilter{LabelSelector: map[string]string{"name": "b"}}, "b"},
	} {
		found, err := r.ListContainers(context.Background(), c.filter)
		var got []string
		for _, s := range found {
			got = append(got, names[s.Id])
		}
		slices.Sort(got)
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%v: %v, %v, want %s", c.filter, got, err, c.want)
		}
	}
}

func TestWhatIsNotThere(t *testing.T) {
	r := newRuntime(t)
	ctx := context.Background()
	if _, err := r.ContainerStatus(ctx, "none", false); err == nil || !strings.Contains(err.Error(), `container "none" not found`) {
		t.Error(err)
	}
	if _, err := r.PodSandboxStatus(ctx, "none", false); err == nil || !strings.Contains(err.Error(), `sandbox "none" not found`) {
		t.Error(err)
	}
	if _, err := r.CreateContainer(ctx, "none", shell("true"), nil); err == nil || !strings.Contains(err.Error(), `sandbox "none" not found`) {
		t.Error(err)
	}
	// Ending what has ended is no error: the kubelet repeats itself.
	for name, end := range map[string]func() error{
		"StopContainer":    func() error { return r.StopContainer(ctx, "none", 1) },
		"RemoveContainer":  func() error { return r.RemoveContainer(ctx, "none") },
		"StopPodSandbox":   func() error { return r.StopPodSandbox(ctx, "none") },
		"RemovePodSandbox": func() error { return r.RemovePodSandbox(ctx, "none") },
	} {
		if err := end(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRemovingASandboxRemovesItsContainers(t *testing.T) {
	r := newRuntime(t)
	gone, kept := run(t, r, pod(t, "gone")), run(t, r, pod(t, "kept"))
	create(t, r, gone, shell("true"))
	stays := create(t, r, kept, shell("true"))
	for range 2 {
		if err := r.RemovePodSandbox(context.Background(), gone); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.sandboxes) != 1 || len(r.containers) != 1 || r.containers[stays] == nil {
		t.Errorf("left: %v %v", r.sandboxes, r.containers)
	}
	if _, err := r.PodSandboxStatus(context.Background(), gone, false); err == nil {
		t.Error("its status is told")
	}
}

// Usage is not measured, and says so by being absent: the kubelet then has no figure, not a wrong one.
func TestThereAreNoStats(t *testing.T) {
	r := newRuntime(t)
	ctx := context.Background()
	sandbox := run(t, r, pod(t, "web"))
	if _, err := r.ContainerStats(ctx, create(t, r, sandbox, shell("true"))); err == nil {
		t.Error("a container has stats")
	}
	if _, err := r.PodSandboxStats(ctx, sandbox); err == nil {
		t.Error("a sandbox has stats")
	}
	containers, err := r.ListContainerStats(ctx, nil)
	sandboxes, err2 := r.ListPodSandboxStats(ctx, nil)
	if len(containers)+len(sandboxes) > 0 || err != nil || err2 != nil {
		t.Error(containers, sandboxes, err, err2)
	}
	disk, err := r.ImageFsInfo(ctx)
	if err != nil || disk.ImageFilesystems[0].FsId.Mountpoint != r.root || disk.ContainerFilesystems[0].UsedBytes.Value == 0 {
		t.Error(disk, err)
	}
}
