package kubelet

import (
	"testing"

	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/volume"
)

// plugin is a volume plugin that remembers as whom it was asked to write.
type plugin struct {
	volume.VolumePlugin
	name  string
	asked *[]volume.MounterArgs
}

func (p plugin) GetPluginName() string { return p.name }

func (p plugin) NewMounter(*volume.Spec, *v1.Pod) (volume.Mounter, error) {
	return mounter{asked: p.asked}, nil
}

type mounter struct {
	volume.Mounter
	asked *[]volume.MounterArgs
}

func (m mounter) SetUp(a volume.MounterArgs) error { *m.asked = append(*m.asked, a); return nil }

func (m mounter) SetUpAt(_ string, a volume.MounterArgs) error { return m.SetUp(a) }

func TestFilesKeepTheOneOwner(t *testing.T) {
	for name, kept := range map[string]bool{
		"kubernetes.io/secret": true, "kubernetes.io/configmap": true, "kubernetes.io/downward-api": true, "kubernetes.io/projected": true,
		"kubernetes.io/empty-dir": true, "kubernetes.io/host-path": false, "kubernetes.io/csi": false,
	} {
		var asked []volume.MounterArgs
		wrapped := unowned([]volume.VolumePlugin{plugin{name: name, asked: &asked}})
		if len(wrapped) != 1 || wrapped[0].GetPluginName() != name {
			t.Fatalf("%v", wrapped)
		}
		made, err := wrapped[0].NewMounter(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		id := int64(1000)
		args := volume.MounterArgs{FsUser: &id, FsGroup: &id}
		if err := made.SetUp(args); err != nil {
			t.Fatal(err)
		}
		if err := made.SetUpAt("/dir", args); err != nil {
			t.Fatal(err)
		}
		for _, a := range asked {
			if (a.FsUser == nil && a.FsGroup == nil) != kept {
				t.Errorf("%s is asked for user %v, group %v", name, a.FsUser, a.FsGroup)
			}
		}
		if len(asked) != 2 {
			t.Errorf("%s: asked %d times", name, len(asked))
		}
	}
}
