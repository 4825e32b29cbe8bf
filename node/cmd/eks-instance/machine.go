package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// machine is what an instance shows to what runs on it.
type machine struct {
	root, hostname, nameserver string
	binds                      []bind
	command                    []string
}

// copied are the host's files that programs under /usr need in /etc; the rest of the host's /etc is not shown.
var copied = []string{"passwd", "group", "nsswitch.conf", "ld.so.cache", "ld.so.conf", "services", "protocols", "mime.types", "os-release"}

// shown are the host's folders shown read-only.
var shown = []string{"/usr", "/etc/ssl", "/etc/alternatives", "/etc/ca-certificates"}

// become turns this process, first of its namespaces, into the instance's command. It returns only on failure.
func (m machine) become() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	for _, step := range []func() error{m.skeleton, m.mounts, m.devices, m.bindAll, m.configure, m.pivot} {
		if err := step(); err != nil {
			return err
		}
	}
	if err := unix.Sethostname([]byte(m.hostname)); err != nil {
		return fmt.Errorf("set host name: %w", err)
	}
	program, err := lookPath(m.command[0])
	if err != nil {
		return err
	}
	return fmt.Errorf("%s: %w", program, unix.Exec(program, m.command, os.Environ()))
}

func (m machine) at(path string) string { return filepath.Join(m.root, path) }

func (m machine) skeleton() error {
	for _, d := range []string{"etc", "tmp", "run", "proc", "sys", "dev", "usr", "var/tmp", "var/lib", "var/log", "root", "home", "opt", "mnt", ".host"} {
		if err := os.MkdirAll(m.at(d), 0o755); err != nil {
			return err
		}
	}
	for _, link := range []string{"bin", "sbin", "lib", "lib64"} {
		target, err := os.Readlink("/" + link)
		if err != nil {
			target = "usr/" + link // a host whose /bin is a folder of its own: programs are under /usr all the same
		}
		if err := os.Symlink(target, m.at(link)); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	if err := os.Symlink("../run", m.at("var/run")); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return unix.Mount(m.root, m.root, "", unix.MS_BIND|unix.MS_REC, "")
}

func (m machine) mounts() error {
	for _, t := range []struct{ kind, target, options string }{
		{"proc", "proc", ""}, {"tmpfs", "run", "mode=755"}, {"tmpfs", "tmp", "mode=1777"}, {"tmpfs", "dev", "mode=755,size=64k"},
	} {
		if err := unix.Mount(t.kind, m.at(t.target), t.kind, unix.MS_NOSUID, t.options); err != nil {
			return fmt.Errorf("mount %s: %w", t.target, err)
		}
	}
	if err := unix.Mount("sysfs", m.at("sys"), "sysfs", unix.MS_NOSUID, ""); err != nil {
		return fmt.Errorf("mount sys: %w", err)
	}
	// crun refuses a hybrid cgroup hierarchy it cannot write to; it takes an empty one for none.
	if err := unix.Mount("tmpfs", m.at("sys/fs/cgroup"), "tmpfs", 0, ""); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("mount sys/fs/cgroup: %w", err)
	}
	return os.WriteFile(m.at("run/xtables.lock"), nil, 0o600)
}

func (m machine) devices() error {
	for _, d := range []string{"null", "zero", "full", "random", "urandom", "tty"} {
		if err := os.WriteFile(m.at("dev/"+d), nil, 0o666); err != nil {
			return err
		}
		if err := unix.Mount("/dev/"+d, m.at("dev/"+d), "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("bind /dev/%s: %w", d, err)
		}
	}
	for name, target := range map[string]string{"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2", "ptmx": "pts/ptmx"} {
		if err := os.Symlink(target, m.at("dev/"+name)); err != nil {
			return err
		}
	}
	for d, options := range map[string]string{"pts": "newinstance,ptmxmode=0666,mode=0620", "shm": "mode=1777"} {
		if err := os.Mkdir(m.at("dev/"+d), 0o755); err != nil {
			return err
		}
		kind := map[string]string{"pts": "devpts", "shm": "tmpfs"}[d]
		if err := unix.Mount(kind, m.at("dev/"+d), kind, unix.MS_NOSUID|unix.MS_NOEXEC, options); err != nil {
			return fmt.Errorf("mount /dev/%s: %w", d, err)
		}
	}
	return nil
}

func (m machine) bindAll() error {
	for _, d := range shown {
		if _, err := os.Stat(d); err != nil {
			continue
		}
		if err := m.mount(bind{d, d, true}); err != nil {
			return err
		}
	}
	for _, b := range m.binds {
		if err := m.mount(b); err != nil {
			return err
		}
	}
	return nil
}

func (m machine) mount(b bind) error {
	info, err := os.Stat(b.source)
	if err != nil {
		return err
	}
	target := m.at(b.target)
	if info.IsDir() {
		err = os.MkdirAll(target, 0o755)
	} else if err = os.MkdirAll(filepath.Dir(target), 0o755); err == nil {
		var f *os.File
		if f, err = os.OpenFile(target, os.O_CREATE, 0o644); err == nil {
			_ = f.Close()
		}
	}
	if err != nil {
		return err
	}
	if err := unix.Mount(b.source, target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("bind %s: %w", b.source, err)
	}
	if b.readonly {
		// Flags that the host's mount carries are locked in a user namespace; mount_setattr adds to them.
		if err := unix.MountSetattr(unix.AT_FDCWD, target, unix.AT_RECURSIVE, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}); err != nil {
			return fmt.Errorf("make %s read-only: %w", b.target, err)
		}
	}
	return nil
}

func (m machine) configure() error {
	files := m.files()
	for _, name := range copied {
		if content, err := os.ReadFile("/etc/" + name); err == nil {
			files[name] = string(content)
		}
	}
	for name, content := range files {
		path := m.at("etc/" + name)
		// The instance may have left a link there, which would lead to a file of the host's from here.
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// files are those of /etc that say who the instance is.
func (m machine) files() map[string]string {
	short, domain, qualified := strings.Cut(m.hostname, ".")
	resolver := fmt.Sprintf("nameserver %s\n", m.nameserver)
	if qualified {
		resolver = fmt.Sprintf("search %s\n", domain) + resolver
	}
	return map[string]string{
		"hostname":    m.hostname + "\n",
		"hosts":       fmt.Sprintf("127.0.0.1 localhost %s %s\n", m.hostname, short),
		"resolv.conf": resolver,
	}
}

// pivot makes root the file system and lets go of the host's.
func (m machine) pivot() error {
	if err := unix.PivotRoot(m.root, m.at(".host")); err != nil {
		return fmt.Errorf("pivot root: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	return unix.Unmount("/.host", unix.MNT_DETACH)
}

func lookPath(name string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	for _, d := range []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"} {
		if info, err := os.Stat(filepath.Join(d, name)); err == nil && !info.IsDir() {
			return filepath.Join(d, name), nil
		}
	}
	return "", fmt.Errorf("%s: not found inside the instance", name)
}
