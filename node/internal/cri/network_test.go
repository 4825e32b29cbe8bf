package cri

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// plugin is a CNI plugin that writes down its calls and answers as its test says.
const plugin = `#!/bin/sh
input=$(cat)
here=$(dirname "$0")
case $CNI_COMMAND in
  VERSION) echo '{"cniVersion": "1.0.0", "supportedVersions": ["0.4.0", "1.0.0"]}'; exit ;;
esac
printf '%s %s %s\n' "$CNI_COMMAND" "$CNI_CONTAINERID" "$CNI_IFNAME" >> "$here/calls"
printf '%s' "$CNI_ARGS" > "$here/args"
printf '%s' "$input" > "$here/input.$CNI_COMMAND"
cat "$here/answer.$CNI_COMMAND" 2>/dev/null && exit 1
[ "$CNI_COMMAND" = ADD ] && cat "$here/result"
exit 0
`

const result = `{"cniVersion": "1.0.0", "ips": [{"address": "10.0.0.7/32"}, {"address": "10.0.0.8/32"}]}`

// cni is a folder of configurations and a plugin for them.
type cni struct {
	t         *testing.T
	conf, bin string
}

func newCNI(t *testing.T, conf, bin string) cni {
	t.Helper()
	c := cni{t, conf, bin}
	for _, dir := range []string{conf, bin} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(bin, "fake"), []byte(plugin), 0o755); err != nil {
		t.Fatal(err)
	}
	c.write(filepath.Join(bin, "result"), result)
	c.write(filepath.Join(conf, "10-aws.conflist"),
		`{"cniVersion": "1.0.0", "name": "aws-cni", "plugins": [{"name": "aws-cni", "type": "fake", "capabilities": {"portMappings": true}}]}`)
	return c
}

func (c cni) write(path, text string) {
	c.t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		c.t.Fatal(err)
	}
}

func (c cni) read(name string) string {
	text, _ := os.ReadFile(filepath.Join(c.bin, name))
	return string(text)
}

// refuse makes a command fail with a message, as plugins do it.
func (c cni) refuse(command, message string) {
	c.write(filepath.Join(c.bin, "answer."+command), `{"cniVersion": "1.0.0", "code": 100, "msg": "`+message+`"}`)
}

func TestAdd(t *testing.T) {
	c := newCNI(t, t.TempDir(), t.TempDir())
	n := newNetwork(c.conf, c.bin, t.TempDir())
	config := pod(t, "web")
	config.PortMappings = []*runtimeapi.PortMapping{
		{ContainerPort: 80, HostPort: 8080, Protocol: runtimeapi.Protocol_TCP, HostIp: "10.0.0.5"},
		{ContainerPort: 81},
	}
	ip, err := n.add(context.Background(), "id", "/run/netns/x", config)
	if err != nil || ip != "10.0.0.7" {
		t.Errorf("%s, %v", ip, err)
	}
	if err := n.remove(context.Background(), "id", "/run/netns/x", config); err != nil {
		t.Error(err)
	}
	if calls := c.read("calls"); calls != "ADD id eth0\nDEL id eth0\n" {
		t.Errorf("%q", calls)
	}
	if args := c.read("args"); args != "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web;K8S_POD_INFRA_CONTAINER_ID=id;K8S_POD_UID=uid-web" {
		t.Error(args)
	}
	for _, command := range []string{"ADD", "DEL"} {
		var input struct {
			RuntimeConfig struct {
				PortMappings []struct {
					HostPort, ContainerPort int
					Protocol, HostIP        string
				}
			}
		}
		if err := json.Unmarshal([]byte(c.read("input."+command)), &input); err != nil {
			t.Fatal(err)
		}
		ports := input.RuntimeConfig.PortMappings
		if len(ports) != 1 || ports[0].HostPort != 8080 || ports[0].ContainerPort != 80 || ports[0].Protocol != "TCP" || ports[0].HostIP != "10.0.0.5" {
			t.Errorf("%s with ports %+v", command, ports)
		}
	}
}

func TestAPluginThatGivesNoAddress(t *testing.T) {
	c := newCNI(t, t.TempDir(), t.TempDir())
	c.write(filepath.Join(c.bin, "result"), `{"cniVersion": "1.0.0"}`)
	if ip, err := newNetwork(c.conf, c.bin, t.TempDir()).add(context.Background(), "id", "/x", pod(t, "web")); err == nil || !strings.Contains(err.Error(), "aws-cni gave no address") {
		t.Errorf("%s, %v", ip, err)
	}
}

func TestTheFirstConfigurationIsUsed(t *testing.T) {
	c := newCNI(t, t.TempDir(), t.TempDir())
	n := newNetwork(c.conf, c.bin, t.TempDir())
	name := func() string {
		list, err := n.config()
		if err != nil {
			return err.Error()
		}
		return list.Name
	}
	c.write(filepath.Join(c.conf, "20-other.conf"), `{"cniVersion": "1.0.0", "name": "later", "type": "fake"}`)
	c.write(filepath.Join(c.conf, "00-ignored.txt"), `nothing`)
	if got := name(); got != "aws-cni" {
		t.Error(got)
	}
	c.write(filepath.Join(c.conf, "05-own.conf"), `{"cniVersion": "1.0.0", "name": "own", "type": "fake"}`)
	if got := name(); got != "own" {
		t.Errorf("%s: configurations are read anew", got)
	}
	c.write(filepath.Join(c.conf, "05-own.conf"), `{`)
	if got := name(); !strings.Contains(got, "error parsing configuration") {
		t.Errorf("a file that is none: %s", got)
	}
}

func TestTheNetworkIsReadyWhenThereIsAConfiguration(t *testing.T) {
	r := newRuntime(t)
	condition := func() *runtimeapi.RuntimeCondition {
		answer, err := r.Status(context.Background(), false)
		if err != nil || !answer.Status.Conditions[0].Status {
			t.Fatal(answer, err)
		}
		return answer.Status.Conditions[1]
	}
	if got := condition(); got.Status || got.Reason != "NetworkPluginNotReady" || got.Message != "Network plugin returns error: cni plugin not initialized" {
		t.Errorf("%v", got)
	}
	if err := newNetwork(r.network.confDir, "", "").remove(context.Background(), "id", "/x", pod(t, "web")); err != nil {
		t.Errorf("DEL without a configuration: %v", err)
	}
	newCNI(t, r.network.confDir, filepath.Join(filepath.Dir(r.root), "bin"))
	if got := condition(); !got.Status {
		t.Errorf("%v", got)
	}
}

func TestASandboxOnTheNetwork(t *testing.T) {
	t.Parallel()
	if !inNamespaces(t) {
		return
	}
	r := newRuntime(t)
	c := newCNI(t, r.network.confDir, filepath.Join(filepath.Dir(r.root), "bin"))
	own := pod(t, "web")
	own.Hostname = "web-1"
	own.Linux.SecurityContext.NamespaceOptions.Network = runtimeapi.NamespaceMode_POD
	id := run(t, r, own)
	answer, err := r.PodSandboxStatus(context.Background(), id, false)
	if err != nil || answer.Status.Network.Ip != "10.0.0.7" {
		t.Errorf("%v, %v", answer, err)
	}
	asked := shell(`hostname; ls /sys/class/net; while :; do sleep 0.02; done`)
	asked.Linux.SecurityContext.NamespaceOptions.Network = runtimeapi.NamespaceMode_POD
	main := create(t, r, id, asked)
	if err := r.StartContainer(context.Background(), main); err != nil {
		t.Fatal(err)
	}
	b := box{r, t, id, own.LogDirectory}
	b.logged("stdout F web-1\nstdout F lo\n")

	c.refuse("DEL", "not now")
	if err := r.StopPodSandbox(context.Background(), id); err == nil || !strings.Contains(err.Error(), "failed to destroy network for sandbox") || !strings.Contains(err.Error(), "not now") {
		t.Errorf("a DEL that fails: %v", err)
	}
	if state := r.sandboxes[id].state(); state != runtimeapi.PodSandboxState_SANDBOX_READY {
		t.Errorf("%s: the kubelet would not try again", state)
	}
	if err := os.Remove(filepath.Join(c.bin, "answer.DEL")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := r.RemovePodSandbox(context.Background(), id); err != nil {
			t.Fatal(err)
		}
	}
	if calls := c.read("calls"); strings.Count(calls, "ADD") != 1 || strings.Count(calls, "DEL") != 2 {
		t.Errorf("%s", calls)
	}
	if left, _ := os.ReadDir(r.netnsDir); len(left) > 0 {
		t.Errorf("namespaces are left: %v", left)
	}
}

func TestAnADDThatFails(t *testing.T) {
	t.Parallel()
	if !inNamespaces(t) {
		return
	}
	r := newRuntime(t)
	own := pod(t, "web")
	own.Linux.SecurityContext.NamespaceOptions.Network = runtimeapi.NamespaceMode_POD
	if _, err := r.RunPodSandbox(context.Background(), own, ""); err == nil || !strings.Contains(err.Error(), "cni plugin not initialized") {
		t.Errorf("without a plugin: %v", err)
	}
	c := newCNI(t, r.network.confDir, filepath.Join(filepath.Dir(r.root), "bin"))
	c.refuse("ADD", "add cmd: failed to assign an IP address to container")
	_, err := r.RunPodSandbox(context.Background(), own, "")
	if err == nil || !strings.Contains(err.Error(), `failed to setup network for sandbox "`) ||
		!strings.Contains(err.Error(), `plugin type="fake" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container`) {
		t.Errorf("%v", err)
	}
	calls := strings.Fields(c.read("calls"))
	if len(calls) != 6 || calls[0] != "ADD" || calls[3] != "DEL" || calls[1] != calls[4] {
		t.Errorf("%v", calls)
	}
	if left, _ := os.ReadDir(r.netnsDir); len(left)+len(r.sandboxes) > 0 {
		t.Errorf("left: %v, %v", left, r.sandboxes)
	}

	// The kubelet gives up while the plugin is asked: what it may have given is given back all the same.
	c.write(filepath.Join(c.bin, "calls"), "")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.RunPodSandbox(ctx, own, ""); err == nil || !strings.HasPrefix(c.read("calls"), "DEL ") {
		t.Errorf("%v, calls: %s", err, c.read("calls"))
	}
}

func TestASharedProcessNamespaceIsRefused(t *testing.T) {
	r := newRuntime(t)
	shared := pod(t, "web")
	shared.Linux.SecurityContext.NamespaceOptions.Pid = runtimeapi.NamespaceMode_POD
	if _, err := r.RunPodSandbox(context.Background(), shared, ""); err == nil || !strings.Contains(err.Error(), "shareProcessNamespace is not supported") {
		t.Error(err)
	}
}
