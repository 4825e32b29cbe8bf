package cri

import (
	"maps"
	"slices"
	"strings"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// defaultCapabilities are what containerd gives a container that asks for nothing.
const defaultCapabilities = "CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE"

// furtherCapabilities are the others, which privileged containers have and "ALL" means. capabilities(7)
const furtherCapabilities = "AUDIT_CONTROL AUDIT_READ BLOCK_SUSPEND BPF CHECKPOINT_RESTORE DAC_READ_SEARCH IPC_LOCK IPC_OWNER LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE NET_ADMIN NET_BROADCAST PERFMON SYS_ADMIN SYS_BOOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG SYSLOG WAKE_ALARM"

// capabilities are the names a container's process has, sorted.
func capabilities(security *runtimeapi.LinuxContainerSecurityContext) []string {
	have := map[string]bool{}
	give := func(names string) {
		for _, name := range strings.Fields(names) {
			have["CAP_"+name] = true
		}
	}
	give(defaultCapabilities)
	if security.GetPrivileged() {
		give(furtherCapabilities)
	}
	// containerd's order: "ALL" before single names, so that `drop: [ALL], add: [NET_BIND_SERVICE]` leaves the one that
	// was added and `add: [ALL], drop: [SYS_ADMIN]` lacks the one that was dropped.
	add, drop := security.GetCapabilities().GetAddCapabilities(), security.GetCapabilities().GetDropCapabilities()
	if slices.ContainsFunc(add, isAll) {
		give(defaultCapabilities + " " + furtherCapabilities)
	}
	if slices.ContainsFunc(drop, isAll) {
		clear(have)
	}
	for _, name := range add {
		have[full(name)] = true
	}
	for _, name := range drop {
		delete(have, full(name))
	}
	delete(have, full("ALL"))
	return slices.Sorted(maps.Keys(have))
}

func isAll(name string) bool { return strings.EqualFold(name, "ALL") }

func full(name string) string {
	return "CAP_" + strings.TrimPrefix(strings.ToUpper(name), "CAP_")
}
