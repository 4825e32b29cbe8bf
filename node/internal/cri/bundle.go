package cri

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	spec "github.com/opencontainers/runtime-spec/specs-go"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// containerPath is the PATH that containerd gives when an image sets none.
const containerPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// terminalType is what containerd tells programs on a terminal.
const terminalType = "TERM=xterm"

// writeBundle makes a container's OCI bundle: its root folder, a skeleton around the instance's /usr, and config.json.
func (r *Runtime) writeBundle(c *container) error {
	root := filepath.Join(c.dir, "rootfs")
	if err := writeRoot(root, c.sandbox); err != nil {
		return err
	}
	c.env = r.environment(c)
	process, err := processSpec(c)
	if err != nil {
		return err
	}
	mounts, err := mounts(c, root, process.Cwd)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(root, process.Cwd), 0o755); err != nil {
		return err
	}
	linux, err := r.linuxSpec(c)
	if err != nil {
		return err
	}
	config := spec.Spec{
		Version:  "1.0.2",
		Process:  process,
		Root:     &spec.Root{Path: "rootfs", Readonly: c.security().GetReadonlyRootfs()},
		Mounts:   mounts,
		Linux:    linux,
		Hostname: c.hostname(),
	}
	content, err := json.Marshal(config)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(c.dir, "config.json"), content, 0o644)
}

func (c *container) security() *runtimeapi.LinuxContainerSecurityContext {
	return c.config.GetLinux().GetSecurityContext()
}

// hostname is the Pod's; a Pod on the node's network keeps the node's.
func (c *container) hostname() string {
	if c.sandbox.netns == "" {
		return ""
	}
	return c.sandbox.config.Hostname
}

func writeRoot(root string, pod *sandbox) error {
	for _, d := range []string{"usr/local", "etc", "tmp", "var/tmp", "var/lib", "var/log", "root", "home", "opt", "mnt", "proc", "dev", "sys", "run"} {
		if err := os.MkdirAll(filepath.Join(root, d), 0o755); err != nil {
			return err
		}
	}
	if err := os.Chmod(filepath.Join(root, "tmp"), os.ModeSticky|0o777); err != nil {
		return err
	}
	links := map[string]string{"var/run": "../run"}
	for _, name := range []string{"bin", "sbin", "lib", "lib64"} {
		if target, err := os.Readlink("/" + name); err == nil {
			links[name] = target
		}
	}
	for name, target := range links {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	files := map[string]string{"hostname": pod.hostname() + "\n", "resolv.conf": resolvConf(pod.config.DnsConfig)}
	for _, name := range []string{"passwd", "group", "nsswitch.conf", "ld.so.cache", "services", "protocols", "mime.types", "os-release"} {
		if content, err := os.ReadFile("/etc/" + name); err == nil {
			files[name] = string(content)
		}
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(root, "etc", name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func resolvConf(dns *runtimeapi.DNSConfig) string {
	var b strings.Builder
	for _, n := range dns.GetServers() {
		fmt.Fprintf(&b, "nameserver %s\n", n)
	}
	if s := dns.GetSearches(); len(s) > 0 {
		fmt.Fprintf(&b, "search %s\n", strings.Join(s, " "))
	}
	if o := dns.GetOptions(); len(o) > 0 {
		fmt.Fprintf(&b, "options %s\n", strings.Join(o, " "))
	}
	return b.String()
}

func (r *Runtime) environment(c *container) []string {
	env := []string{"PATH=" + containerPath, "HOME=/root", "HOSTNAME=" + c.sandbox.hostname()}
	if c.config.Tty {
		env = append(env, terminalType)
	}
	for _, name := range slices.Sorted(maps.Keys(r.env)) {
		env = append(env, name+"="+r.env[name])
	}
	env = append(env, c.image.Env...)
	for _, e := range c.config.Envs {
		env = append(env, e.Key+"="+e.Value)
	}
	return env
}

// processSpec is what runs: the Pod's command and arguments over the image's, as Kubernetes defines it.
// https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/
func processSpec(c *container) (*spec.Process, error) {
	command, args := c.image.Entrypoint, c.image.Cmd
	if len(c.config.Command) > 0 {
		command, args = c.config.Command, nil
	}
	if len(c.config.Args) > 0 {
		args = c.config.Args
	}
	argv := slices.Concat(command, args)
	if len(argv) == 0 {
		return nil, errors.New("no command specified")
	}
	cwd := "/"
	for _, d := range []string{c.image.WorkingDir, c.config.WorkingDir} {
		if d != "" {
			cwd = d
		}
	}
	cwd = filepath.Join("/", cwd) // "/../x" is "/x", for us as for the kernel
	uid, gid := c.user()
	caps := capabilities(c.security())
	return &spec.Process{
		Terminal: c.config.Tty, Args: argv, Env: c.env, Cwd: cwd,
		User:            spec.User{UID: uid, GID: gid},
		NoNewPrivileges: c.security().GetNoNewPrivs(),
		Capabilities:    &spec.LinuxCapabilities{Bounding: caps, Effective: caps, Permitted: caps, Inheritable: []string{}},
	}, nil
}

func (c *container) user() (uid, gid uint32) {
	imageUID, imageGID, _ := c.image.IDs() // the catalogue has checked them
	uid, gid = uint32(imageUID), uint32(imageGID)
	if u := c.security().GetRunAsUser(); u != nil {
		uid = uint32(u.Value)
	}
	if g := c.security().GetRunAsGroup(); g != nil {
		gid = uint32(g.Value)
	}
	return uid, gid
}

func (r *Runtime) linuxSpec(c *container) (*spec.Linux, error) {
	options := c.security().GetNamespaceOptions()
	linux := &spec.Linux{Namespaces: []spec.LinuxNamespace{{Type: spec.MountNamespace}}}
	join := func(kind spec.LinuxNamespaceType, path string) {
		linux.Namespaces = append(linux.Namespaces, spec.LinuxNamespace{Type: kind, Path: path})
	}
	switch options.GetPid() {
	case runtimeapi.NamespaceMode_NODE:
	case runtimeapi.NamespaceMode_TARGET: // `kubectl debug --target`
		target, err := r.running(options.TargetId)
		if err != nil {
			return nil, fmt.Errorf("join the processes of container %q: %w", options.TargetId, err)
		}
		join(spec.PIDNamespace, fmt.Sprintf("/proc/%d/ns/pid", target.pid))
	default:
		join(spec.PIDNamespace, "")
	}
	if options.GetIpc() != runtimeapi.NamespaceMode_NODE {
		join(spec.IPCNamespace, "")
	}
	if c.sandbox.netns != "" {
		join(spec.NetworkNamespace, c.sandbox.netns)
		join(spec.UTSNamespace, "")
		linux.Sysctl = c.sandbox.config.GetLinux().GetSysctls()
	}
	if !c.security().GetPrivileged() {
		linux.ReadonlyPaths = []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}
	}
	if uid, gid := c.user(); r.oneUser && (uid != 0 || gid != 0) {
		// Only uid 0 is mapped. A nested user namespace shows that one id to the process as the asked-for id.
		c.userNS = true
		join(spec.UserNamespace, "")
		linux.UIDMappings = []spec.LinuxIDMapping{{ContainerID: uid, HostID: 0, Size: 1}}
		linux.GIDMappings = []spec.LinuxIDMapping{{ContainerID: gid, HostID: 0, Size: 1}}
	}
	c.namespaces = linux.Namespaces
	return linux, nil
}
