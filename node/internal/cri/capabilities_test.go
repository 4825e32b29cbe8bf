package cri

import (
	"slices"
	"strings"
	"testing"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func TestCapabilities(t *testing.T) {
	standard := len(strings.Fields(defaultCapabilities))
	all := standard + len(strings.Fields(furtherCapabilities))
	if all != 41 { // CAP_LAST_CAP of Linux 5.9 and later is 40
		t.Errorf("%d capabilities are known", all)
	}
	for _, c := range []struct {
		name        string
		add, drop   string
		privileged  bool
		want        int
		has, hasNot string
	}{
		{name: "nothing is asked for", want: standard, has: "CHOWN KILL NET_RAW", hasNot: "SYS_ADMIN NET_ADMIN"},
		{name: "privileged", privileged: true, want: all, has: "SYS_ADMIN NET_ADMIN CHOWN"},
		{name: "one more", add: "NET_ADMIN", want: standard + 1, has: "NET_ADMIN"},
		{name: "one that is there", add: "CHOWN", want: standard},
		{name: "written otherwise", add: "cap_net_admin", drop: "Cap_Chown", want: standard, has: "NET_ADMIN", hasNot: "CHOWN"},
		{name: "one less", drop: "NET_RAW", want: standard - 1, hasNot: "NET_RAW"},
		{name: "none", drop: "ALL", want: 0},
		{name: "one alone", drop: "ALL", add: "NET_BIND_SERVICE", want: 1, has: "NET_BIND_SERVICE"},
		{name: "all", add: "all", want: all},
		{name: "all but one", add: "ALL", drop: "SYS_ADMIN", want: all - 1, hasNot: "SYS_ADMIN"},
		{name: "added and dropped", add: "NET_ADMIN", drop: "NET_ADMIN", want: standard, hasNot: "NET_ADMIN"},
		{name: "privileged with less", privileged: true, drop: "SYS_TIME", want: all - 1, hasNot: "SYS_TIME"},
	} {
		got := capabilities(&runtimeapi.LinuxContainerSecurityContext{Privileged: c.privileged,
			Capabilities: &runtimeapi.Capability{AddCapabilities: strings.Fields(c.add), DropCapabilities: strings.Fields(c.drop)}})
		if len(got) != c.want || !slices.IsSorted(got) {
			t.Errorf("%s: %d are given, want %d: %v", c.name, len(got), c.want, got)
		}
		for _, name := range strings.Fields(c.has) {
			if !slices.Contains(got, "CAP_"+name) {
				t.Errorf("%s: %s is missing", c.name, name)
			}
		}
		for _, name := range strings.Fields(c.hasNot) {
			if slices.Contains(got, "CAP_"+name) {
				t.Errorf("%s: %s is given", c.name, name)
			}
		}
	}
	if got := capabilities(nil); len(got) != standard {
		t.Errorf("without a security context: %v", got)
	}
}
