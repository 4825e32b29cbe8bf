package cri

import (
	"context"
	"strings"
	"testing"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"eks-local/node/internal/catalogue"
)

func image(name string) *runtimeapi.ImageSpec { return &runtimeapi.ImageSpec{Image: name} }

func pulled(t *testing.T, r *Runtime, name string) *runtimeapi.Image {
	t.Helper()
	answer, err := r.ImageStatus(context.Background(), image(name), false)
	if err != nil {
		t.Fatal(err)
	}
	return answer.Image
}

func TestAnImageIsThereOncePulled(t *testing.T) {
	r := newRuntime(t)
	if got := pulled(t, r, "web:1"); got != nil {
		t.Errorf("before it is pulled: %v", got)
	}
	id, err := r.PullImage(context.Background(), image("web:1"), nil, nil)
	if err != nil || id != catalogue.ID("web:1") {
		t.Fatalf("%s, %v", id, err)
	}
	for _, name := range []string{"web:1", "docker.io/library/web:1", id} {
		if got := pulled(t, r, name); got.GetId() != id || got.GetUid().GetValue() != 101 || got.RepoTags[0] != "docker.io/library/web:1" {
			t.Errorf("as %s: %v", name, got)
		}
		if r.find(name) == nil {
			t.Errorf("no container can be made of %s", name)
		}
	}
	for _, name := range []string{"web:2", "web", "shell"} {
		if got := pulled(t, r, name); got != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAnImageThatIsNotInTheCatalogue(t *testing.T) {
	r := newRuntime(t)
	_, err := r.PullImage(context.Background(), image("nginx"), nil, nil)
	if err == nil || !strings.Contains(err.Error(), `failed to pull and unpack image "nginx": not in the local image catalogue`) {
		t.Errorf("%v", err)
	}
	asked := shell("true")
	asked.Image = image("nginx")
	if _, err := r.CreateContainer(context.Background(), run(t, r, pod(t, "web")), asked, nil); err == nil {
		t.Error("a container is made of it")
	}
}

func TestListAndRemoveImages(t *testing.T) {
	r := newRuntime(t)
	for _, name := range []string{"web:1", "shell", "docker.io/library/shell:latest"} {
		if _, err := r.PullImage(context.Background(), image(name), nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	listed := func() (ids []string) {
		found, err := r.ListImages(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range found {
			ids = append(ids, i.RepoTags[0])
		}
		return ids
	}
	if got := strings.Join(listed(), " "); got != "docker.io/library/shell:latest docker.io/library/web:1" {
		t.Errorf("listed %s", got)
	}
	for _, name := range []string{catalogue.ID("web:1"), "shell", "never-there"} {
		if err := r.RemoveImage(context.Background(), image(name)); err != nil {
			t.Error(err)
		}
	}
	if got := listed(); got != nil {
		t.Errorf("after removal: %v", got)
	}
}

func TestAContainerNamesItsImageAsThePodDoes(t *testing.T) {
	r := newRuntime(t)
	id, err := r.PullImage(context.Background(), image("shell:1.2"), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	asked := shell("true")
	asked.Image = &runtimeapi.ImageSpec{Image: id, UserSpecifiedImage: "shell:1.2"} // as the kubelet resolves it
	answer, err := r.ContainerStatus(context.Background(), create(t, r, run(t, r, pod(t, "web")), asked), false)
	if err != nil || answer.Status.Image.Image != "shell:1.2" || answer.Status.ImageRef != id {
		t.Errorf("%v, %v", answer, err)
	}
}
