package cri

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	spec "github.com/opencontainers/runtime-spec/specs-go"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// bundle is the OCI configuration of a container that a change to a plain one makes, and its root folder.
func bundle(t *testing.T, r *Runtime, sandbox string, change func(*runtimeapi.ContainerConfig)) (config spec.Spec, root string) {
	t.Helper()
	asked := shell("true")
	change(asked)
	dir := filepath.Join(r.root, "containers", create(t, r, sandbox, asked))
	content, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &config); err != nil {
		t.Fatal(err)
	}
	return config, filepath.Join(dir, "rootfs")
}

// https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/#notes
func TestCommandAndArguments(t *testing.T) {
	r := newRuntime(t)
	sandbox := run(t, r, pod(t, "web"))
	for _, c := range []struct{ command, args, want []string }{
		{nil, nil, []string{"/web", "--port", "80"}},
		{[]string{"/other"}, nil, []string{"/other"}},
		{nil, []string{"--help"}, []string{"/web", "--help"}},
		{[]string{"/other", "x"}, []string{"--help"}, []string{"/other", "x", "--help"}},
	} {
		config, _ := bundle(t, r, sandbox, func(asked *runtimeapi.ContainerConfig) {
			asked.Image.Image, asked.Command, asked.Args = "web:1", c.command, c.args
		})
		if !slices.Equal(config.Process.Args, c.want) {
			t.Errorf("command %q and args %q run %q, want %q", c.command, c.args, config.Process.Args, c.want)
		}
	}
	nothing := &runtimeapi.ContainerConfig{Metadata: &runtimeapi.ContainerMetadata{}, Image: &runtimeapi.ImageSpec{Image: "empty"}}
	if _, err := r.CreateContainer(context.Background(), sandbox, nothing, nil); err == nil || !strings.Contains(err.Error(), "no command specified") {
		t.Errorf("an image and a Pod without a command: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(r.root, "containers/*")); len(left) != len(r.containers) {
		t.Errorf("a container that could not be created left files: %v", left)
	}
}

func TestWorkingFolder(t *testing.T) {
	r := newRuntime(t)
	sandbox := run(t, r, pod(t, "web"))
	for _, c := range []struct{ image, asked, want string }{
		{"shell", "", "/"}, {"web:1", "", "/app"}, {"web:1", "/data/x", "/data/x"}, {"shell", "relative", "/relative"}, {"shell", "/../../../escaped", "/escaped"},
	} {
		config, root := bundle(t, r, sandbox, func(asked *runtimeapi.ContainerConfig) { asked.Image.Image, asked.WorkingDir = c.image, c.asked })
		if config.Process.Cwd != c.want {
			t.Errorf("%s with %q works in %s, want %s", c.image, c.asked, config.Process.Cwd, c.want)
		}
		if _, err := os.Stat(filepath.Join(root, c.want)); err != nil {
			t.Errorf("it is not made: %v", err)
		}
	}
	if found, _ := filepath.Glob(filepath.Join(r.root, "escaped")); found != nil {
		t.Errorf("a folder outside of the container's was made: %v", found)
	}
}

// environment is what a process would see: the last of several values of a name.
func environment(config spec.Spec) map[string]string {
	seen := map[string]string{}
	for _, e := range config.Process.Env {
		name, value, _ := strings.Cut(e, "=")
		seen[name] = value
	}
	return seen
}

func TestEnvironment(t *testing.T) {
	r := newRuntime(t)
	named := pod(t, "web")
	named.Hostname = "web-1"
	node, _ := os.Hostname()
	for _, c := range []struct {
		name   string
		pod    *runtimeapi.PodSandboxConfig
		change func(*runtimeapi.ContainerConfig)
		want   map[string]string
	}{
		{"the node's, beneath nothing", named, func(*runtimeapi.ContainerConfig) {},
			map[string]string{"PATH": containerPath, "HOME": "/root", "HOSTNAME": "web-1", "NODE": "node", "MODE": "node"}},
		{"the image's over the node's", named, func(c *runtimeapi.ContainerConfig) { c.Image.Image = "web:1" },
			map[string]string{"PATH": "/app", "HOME": "/root", "HOSTNAME": "web-1", "NODE": "node", "MODE": "image"}},
		{"the Pod's over the image's", named, func(c *runtimeapi.ContainerConfig) {
			c.Image.Image, c.Envs = "web:1", []*runtimeapi.KeyValue{{Key: "MODE", Value: "a=b"}, {Key: "EMPTY"}, {Key: "HOME", Value: "/"}}
		}, map[string]string{"PATH": "/app", "HOME": "/", "HOSTNAME": "web-1", "NODE": "node", "MODE": "a=b", "EMPTY": ""}},
		{"a terminal's, and a node's name", pod(t, "host"), func(c *runtimeapi.ContainerConfig) { c.Tty = true },
			map[string]string{"PATH": containerPath, "HOME": "/root", "HOSTNAME": node, "NODE": "node", "MODE": "node", "TERM": "xterm"}},
	} {
		config, _ := bundle(t, r, run(t, r, c.pod), c.change)
		if got := environment(config); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestUser(t *testing.T) {
	id := func(n int64) *runtimeapi.Int64Value { return &runtimeapi.Int64Value{Value: n} }
	for _, c := range []struct {
		image      string
		uid, gid   *runtimeapi.Int64Value
		oneUser    bool
		want       spec.User
		wantMapped bool
	}{
		{"shell", nil, nil, true, spec.User{UID: 0, GID: 0}, false},
		{"web:1", nil, nil, true, spec.User{UID: 101, GID: 102}, true},
		{"web:1", id(0), id(0), true, spec.User{UID: 0, GID: 0}, false},
		{"shell", id(1000), id(3000), true, spec.User{UID: 1000, GID: 3000}, true},
		{"shell", nil, id(3000), true, spec.User{UID: 0, GID: 3000}, true},
		{"shell", id(1000), id(3000), false, spec.User{UID: 1000, GID: 3000}, false},
	} {
		r := newRuntime(t)
		r.oneUser = c.oneUser
		config, _ := bundle(t, r, run(t, r, pod(t, "web")), func(asked *runtimeapi.ContainerConfig) {
			asked.Image.Image, asked.Linux.SecurityContext.RunAsUser, asked.Linux.SecurityContext.RunAsGroup = c.image, c.uid, c.gid
		})
		if got := config.Process.User; got.UID != c.want.UID || got.GID != c.want.GID {
			t.Errorf("%s as %v:%v is %v", c.image, c.uid, c.gid, got)
		}
		var uids, gids []spec.LinuxIDMapping
		if c.wantMapped {
			uids = []spec.LinuxIDMapping{{ContainerID: c.want.UID, Size: 1}}
			gids = []spec.LinuxIDMapping{{ContainerID: c.want.GID, Size: 1}}
		}
		if !reflect.DeepEqual(config.Linux.UIDMappings, uids) || !reflect.DeepEqual(config.Linux.GIDMappings, gids) ||
			has(config, spec.UserNamespace) != c.wantMapped {
			t.Errorf("%s as %v:%v maps %v %v", c.image, c.uid, c.gid, config.Linux.UIDMappings, config.Linux.GIDMappings)
		}
	}
}

func has(config spec.Spec, kind spec.LinuxNamespaceType) bool {
	return slices.ContainsFunc(config.Linux.Namespaces, func(n spec.LinuxNamespace) bool { return n.Type == kind })
}

func TestNamespaces(t *testing.T) {
	r := newRuntime(t)
	const own, node = runtimeapi.NamespaceMode_POD, runtimeapi.NamespaceMode_NODE
	onNode := run(t, r, pod(t, "host"))
	inPod := run(t, r, pod(t, "pod"))
	r.sandboxes[inPod].netns = "/run/netns/cni-1"
	r.sandboxes[inPod].config.Hostname = "pod"
	r.sandboxes[inPod].config.Linux.Sysctls = map[string]string{"net.core.somaxconn": "1024"}
	t.Cleanup(func() { r.sandboxes[inPod].netns = "" })
	for _, c := range []struct {
		name, sandbox string
		pid, ipc      runtimeapi.NamespaceMode
		want          string
	}{
		{"a Pod's own", inPod, runtimeapi.NamespaceMode_CONTAINER, own, "mount pid ipc network=/run/netns/cni-1 uts"},
		{"hostNetwork", onNode, runtimeapi.NamespaceMode_CONTAINER, own, "mount pid ipc"},
		{"hostPID", inPod, node, own, "mount ipc network=/run/netns/cni-1 uts"},
		{"hostIPC", inPod, runtimeapi.NamespaceMode_CONTAINER, node, "mount pid network=/run/netns/cni-1 uts"},
		{"all of the host's", onNode, node, node, "mount"},
	} {
		config, _ := bundle(t, r, c.sandbox, func(asked *runtimeapi.ContainerConfig) {
			asked.Linux.SecurityContext.NamespaceOptions = &runtimeapi.NamespaceOption{Pid: c.pid, Ipc: c.ipc}
		})
		var got []string
		for _, n := range config.Linux.Namespaces {
			got = append(got, strings.TrimSuffix(string(n.Type)+"="+n.Path, "="))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
		if isPod := c.sandbox == inPod; (config.Hostname == "pod") != isPod || (len(config.Linux.Sysctl) == 1) != isPod {
			t.Errorf("%s: host name %q, sysctls %v", c.name, config.Hostname, config.Linux.Sysctl)
		}
	}
}

func TestSecurity(t *testing.T) {
	r := newRuntime(t)
	sandbox := run(t, r, pod(t, "web"))
	plain, _ := bundle(t, r, sandbox, func(*runtimeapi.ContainerConfig) {})
	if plain.Root.Readonly || plain.Process.NoNewPrivileges || !slices.Contains(plain.Linux.ReadonlyPaths, "/proc/sys") {
		t.Errorf("plain: %+v %+v", plain.Root, plain.Linux.ReadonlyPaths)
	}
	strict, _ := bundle(t, r, sandbox, func(c *runtimeapi.ContainerConfig) {
		c.Linux.SecurityContext.ReadonlyRootfs, c.Linux.SecurityContext.NoNewPrivs = true, true
	})
	if !strict.Root.Readonly || !strict.Process.NoNewPrivileges {
		t.Errorf("strict: %+v %+v", strict.Root, strict.Process)
	}
	privileged, _ := bundle(t, r, sandbox, func(c *runtimeapi.ContainerConfig) { c.Linux.SecurityContext.Privileged = true })
	if len(privileged.Linux.ReadonlyPaths) > 0 || !slices.Contains(privileged.Process.Capabilities.Effective, "CAP_SYS_ADMIN") {
		t.Errorf("privileged: %+v %+v", privileged.Linux.ReadonlyPaths, privileged.Process.Capabilities)
	}
	for _, config := range []spec.Spec{plain, privileged} {
		caps := config.Process.Capabilities
		if !slices.Equal(caps.Bounding, caps.Effective) || !slices.Equal(caps.Bounding, caps.Permitted) || len(caps.Inheritable)+len(caps.Ambient) > 0 {
			t.Errorf("%+v", caps)
		}
	}
}

func TestARootIsASkeleton(t *testing.T) {
	r := newRuntime(t)
	config := pod(t, "web")
	config.Hostname, config.DnsConfig = "web-1", &runtimeapi.DNSConfig{Servers: []string{"172.20.0.10"}}
	_, root := bundle(t, r, run(t, r, config), func(*runtimeapi.ContainerConfig) {})
	for name, want := range map[string]string{"etc/hostname": "web-1\n", "etc/resolv.conf": "nameserver 172.20.0.10\n"} {
		if content, err := os.ReadFile(filepath.Join(root, name)); err != nil || string(content) != want {
			t.Errorf("%s: %q, %v", name, content, err)
		}
	}
	if info, err := os.Stat(filepath.Join(root, "tmp")); err != nil || info.Mode() != os.ModeDir|os.ModeSticky|0o777 {
		t.Errorf("/tmp: %v, %v", info, err)
	}
	if target, err := os.Readlink(filepath.Join(root, "var/run")); err != nil || target != "../run" {
		t.Errorf("/var/run: %v, %v", target, err)
	}
	for _, empty := range []string{"root", "home", "usr/local"} {
		if entries, err := os.ReadDir(filepath.Join(root, empty)); err != nil || len(entries) > 0 {
			t.Errorf("/%s: %v, %v", empty, entries, err)
		}
	}
}

func TestResolvConf(t *testing.T) {
	for want, dns := range map[string]*runtimeapi.DNSConfig{
		"": nil,
		"nameserver 172.20.0.10\nsearch default.svc.cluster.local svc.cluster.local\noptions ndots:5\n": {
			Servers: []string{"172.20.0.10"}, Searches: []string{"default.svc.cluster.local", "svc.cluster.local"}, Options: []string{"ndots:5"}},
		"nameserver 1.1.1.1\nnameserver 2.2.2.2\noptions ndots:2 edns0\n": {Servers: []string{"1.1.1.1", "2.2.2.2"}, Options: []string{"ndots:2", "edns0"}},
	} {
		if got := resolvConf(dns); got != want {
			t.Errorf("%v: %q, want %q", dns, got, want)
		}
	}
}
