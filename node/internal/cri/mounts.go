package cri

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	spec "github.com/opencontainers/runtime-spec/specs-go"
)

// mounts are what a container sees besides its root folder, in the order in which they are mounted.
func mounts(c *container, root, cwd string) ([]spec.Mount, error) {
	for _, m := range c.config.Mounts {
		if err := makeSource(m.HostPath); err != nil {
			return nil, err
		}
	}
	asked := c.binds()
	own := []string{"/usr/local"} // an image would bring its own
	for _, m := range asked {
		own = append(own, m.Destination)
	}
	if _, err := os.Stat(cwd); errors.Is(err, fs.ErrNotExist) {
		own = append(own, cwd)
	}
	all := kernelMounts(c)
	for _, folder := range []string{"/usr", "/etc/ssl", "/etc/alternatives"} {
		if _, err := os.Stat(folder); err != nil {
			continue // not every system has all
		}
		tree, err := show(root, folder, own)
		if err != nil {
			return nil, err
		}
		all = append(all, tree...)
	}
	return append(all, asked...), nil
}

// kernelMounts are those that runtimes give every container.
func kernelMounts(c *container) []spec.Mount {
	access := "ro"
	if c.security().GetPrivileged() {
		access = "rw"
	}
	sys := spec.Mount{Destination: "/sys", Type: "sysfs", Source: "sysfs", Options: []string{"nosuid", "noexec", "nodev", access}}
	if c.sandbox.netns == "" {
		sys = spec.Mount{Destination: "/sys", Type: "none", Source: "/sys", Options: []string{"rbind", "nosuid", "noexec", "nodev", access}}
	}
	return []spec.Mount{
		{Destination: "/proc", Type: "proc", Source: "proc", Options: []string{"nosuid", "noexec", "nodev"}},
		{Destination: "/dev", Type: "tmpfs", Source: "tmpfs", Options: []string{"nosuid", "strictatime", "mode=755", "size=65536k"}},
		{Destination: "/dev/pts", Type: "devpts", Source: "devpts", Options: []string{"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"}},
		{Destination: "/dev/shm", Type: "tmpfs", Source: "shm", Options: []string{"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}},
		sys,
	}
}

// binds are the image's files, then the Pod's volumes; a folder comes before what is mounted inside it, however the Pod
// orders its mounts.
func (c *container) binds() []spec.Mount {
	var all []spec.Mount
	for _, b := range c.image.Binds {
		all = append(all, bind(b.Source, b.Target, "ro"))
	}
	for _, m := range c.config.Mounts {
		mode := "rw"
		if m.Readonly {
			mode = "ro"
		}
		all = append(all, bind(m.HostPath, m.ContainerPath, mode))
	}
	depth := func(m spec.Mount) int { return strings.Count(m.Destination, "/") }
	slices.SortStableFunc(all, func(a, b spec.Mount) int { return cmp.Compare(depth(a), depth(b)) })
	return all
}

func bind(source, target, mode string) spec.Mount {
	return spec.Mount{Destination: filepath.Join("/", target), Type: "none", Source: source, Options: []string{"rbind", "rprivate", mode}}
}

// makeSource makes a folder of a hostPath that is not there, as containerd does.
func makeSource(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.MkdirAll(path, 0o755)
}

// show binds a folder of the instance read-only at its own path. Nothing can be mounted below a read-only folder that
// lacks the place for it, so a branch that holds a path of the container's own becomes a folder of its root, with single
// binds of what else is in it.
func show(root, folder string, own []string) ([]spec.Mount, error) {
	if !slices.ContainsFunc(own, func(path string) bool { return strings.HasPrefix(path, folder+"/") }) {
		return []spec.Mount{bind(folder, folder, "ro")}, nil
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(root, folder), 0o755); err != nil {
		return nil, err
	}
	var all []spec.Mount
	for _, entry := range entries {
		path := filepath.Join(folder, entry.Name())
		switch {
		case slices.Contains(own, path): // comes from elsewhere
		case entry.Type() == fs.ModeSymlink:
			if err := copyLink(path, filepath.Join(root, path)); err != nil {
				return nil, err
			}
		case entry.IsDir():
			branch, err := show(root, path, own)
			if err != nil {
				return nil, err
			}
			all = append(all, branch...)
		default:
			all = append(all, bind(path, path, "ro"))
		}
	}
	return all, nil
}

func copyLink(from, to string) error {
	target, err := os.Readlink(from)
	if err != nil {
		return err
	}
	return os.Symlink(target, to)
}
