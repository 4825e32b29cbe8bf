package cri

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	spec "github.com/opencontainers/runtime-spec/specs-go"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func at(config spec.Spec, target string) *spec.Mount {
	for i := range config.Mounts {
		if config.Mounts[i].Destination == target {
			return &config.Mounts[i]
		}
	}
	return nil
}

func TestSys(t *testing.T) {
	r := newRuntime(t)
	onNode, inPod := run(t, r, pod(t, "host")), run(t, r, pod(t, "pod"))
	r.sandboxes[inPod].netns = "/run/netns/cni-1"
	t.Cleanup(func() { r.sandboxes[inPod].netns = "" })
	for _, c := range []struct {
		sandbox    string
		privileged bool
		want       string
	}{{inPod, false, "sysfs ro"}, {inPod, true, "sysfs rw"}, {onNode, false, "none ro"}, {onNode, true, "none rw"}} {
		config, _ := bundle(t, r, c.sandbox, func(asked *runtimeapi.ContainerConfig) { asked.Linux.SecurityContext.Privileged = c.privileged })
		sys := at(config, "/sys")
		if got := sys.Type + " " + sys.Options[len(sys.Options)-1]; got != c.want {
			t.Errorf("/sys is %s, want %s", got, c.want)
		}
	}
}

func TestVolumesComeLastAndOuterOnesFirst(t *testing.T) {
	r := newRuntime(t)
	volume := t.TempDir()
	config, _ := bundle(t, r, run(t, r, pod(t, "web")), func(c *runtimeapi.ContainerConfig) {
		c.Image.Image = "web:1"
		c.Mounts = []*runtimeapi.Mount{
			{HostPath: volume, ContainerPath: "/data/inner/most", Readonly: true}, {HostPath: volume, ContainerPath: "/dev/shm"},
			{HostPath: volume, ContainerPath: "/data"}, {HostPath: volume, ContainerPath: "/web"}, {HostPath: volume, ContainerPath: "relative/"},
		}
	})
	var got []string
	for _, m := range config.Mounts[slices.IndexFunc(config.Mounts, func(m spec.Mount) bool { return m.Destination == "/web" }):] {
		got = append(got, m.Destination+"="+m.Source+":"+m.Options[2])
	}
	want := strings.ReplaceAll("/web=/opt/bin/web:ro /data=V:rw /web=V:rw /relative=V:rw /dev/shm=V:rw /data/inner/most=V:ro", "V", volume)
	if strings.Join(got, " ") != want {
		t.Errorf("%s\nwant %s", strings.Join(got, " "), want)
	}
}

func TestAMissingHostPathIsMade(t *testing.T) {
	r := newRuntime(t)
	missing := filepath.Join(t.TempDir(), "a/b")
	bundle(t, r, run(t, r, pod(t, "web")), func(c *runtimeapi.ContainerConfig) {
		c.Mounts = []*runtimeapi.Mount{{HostPath: missing, ContainerPath: "/data"}}
	})
	if info, err := os.Stat(missing); err != nil || !info.IsDir() {
		t.Error(err)
	}
}

// tree makes files ("a/b"), folders ("a/b/") and links ("a -> b") below a folder.
func tree(t *testing.T, paths ...string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for _, path := range paths {
		name, target, link := strings.Cut(path, " -> ")
		full := filepath.Join(folder, name)
		err := os.MkdirAll(filepath.Dir(full), 0o755)
		switch {
		case err != nil:
		case link:
			err = os.Symlink(target, full)
		case strings.HasSuffix(path, "/"):
			err = os.MkdirAll(full, 0o755)
		default:
			err = os.WriteFile(full, nil, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestShow(t *testing.T) {
	host := tree(t, "bin/sh", "lib/", "lib64 -> lib", "local/bin/x", "share/doc/a", "share/nginx/html/index.html", "share/nginx/conf")
	for _, c := range []struct{ name, own, binds, folders, links string }{
		{"nothing of its own", "", ".", "", ""},
		{"beside it", "/other /usrx", ".", "", ""},
		{"a folder is hidden", "H/local", "bin lib share", ".", "lib64"},
		{"a new folder in a new one", "H/new/x", "bin lib local share", ".", "lib64"},
		{"a folder that is there", "H/share/nginx/html", "bin lib local share/doc share/nginx/conf", ". share share/nginx", "lib64"},
		{"several", "H/local H/share/new H/share/doc", "bin lib share/nginx", ". share", "lib64"},
	} {
		root := t.TempDir()
		mounts, err := show(root, host, strings.Fields(strings.ReplaceAll(c.own, "H", host)))
		if err != nil {
			t.Fatal(err)
		}
		var binds []string
		for _, m := range mounts {
			name, _ := filepath.Rel(host, m.Destination)
			if m.Source != m.Destination || m.Options[2] != "ro" {
				t.Errorf("%s: %+v", c.name, m)
			}
			binds = append(binds, name)
		}
		folders, links := made(t, filepath.Join(root, host))
		if strings.Join(binds, " ") != c.binds || folders != c.folders || links != c.links {
			t.Errorf("%s: binds %v, folders %q, links %q", c.name, binds, folders, links)
		}
	}
}

// made are the folders and links below a folder, itself included.
func made(t *testing.T, folder string) (folders, links string) {
	t.Helper()
	if _, err := os.Stat(folder); err != nil {
		return "", ""
	}
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		name, _ := filepath.Rel(folder, path)
		if entry.IsDir() {
			folders += " " + name
		} else {
			links += " " + name
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(folders), strings.TrimSpace(links)
}
