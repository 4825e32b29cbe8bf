package kubelet

import (
	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/volume"
)

// unownedPlugin: with one mapped uid, chown to a pod's runAsUser or fsGroup is EINVAL. These wrappers make the
// kubelet leave the owner of the files it writes as it is: the one uid there is.
type unownedPlugin struct{ volume.VolumePlugin }
type unownedMounter struct{ volume.Mounter }

func (p unownedPlugin) NewMounter(spec *volume.Spec, pod *v1.Pod) (volume.Mounter, error) {
	mounter, err := p.VolumePlugin.NewMounter(spec, pod)
	if err != nil {
		return nil, err
	}
	return unownedMounter{mounter}, nil
}
func (m unownedMounter) SetUp(a volume.MounterArgs) error {
	a.FsUser, a.FsGroup = nil, nil
	return m.Mounter.SetUp(a)
}
func (m unownedMounter) SetUpAt(dir string, a volume.MounterArgs) error {
	a.FsUser, a.FsGroup = nil, nil
	return m.Mounter.SetUpAt(dir, a)
}

func unowned(in []volume.VolumePlugin) (out []volume.VolumePlugin) {
	for _, p := range in {
		switch p.GetPluginName() {
		case "kubernetes.io/secret", "kubernetes.io/configmap", "kubernetes.io/downward-api", "kubernetes.io/projected", "kubernetes.io/empty-dir":
			p = unownedPlugin{p}
		}
		out = append(out, p)
	}
	return out
}
