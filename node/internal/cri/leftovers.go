package cri

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// ownProcesses says whether the container's processes are a namespace of their own, which ends with its first process.
func (c *container) ownProcesses() bool {
	pid := c.security().GetNamespaceOptions().GetPid()
	return pid != runtimeapi.NamespaceMode_NODE && pid != runtimeapi.NamespaceMode_TARGET
}

// endAllIn kills what a container left running among others' processes. Without a cgroup, what tells its processes from
// theirs is their mount namespace.
func endAllIn(mounts string) {
	limit := time.Now().Add(outputGrace) // a process that waits for a device does not die
	for killed := mounts != ""; killed && time.Now().Before(limit); {
		killed = false
		namespaces, _ := filepath.Glob("/proc/[0-9]*/ns/mnt")
		for _, path := range namespaces {
			// A dead process has no namespaces any more, so a round without a kill is the last.
			if target, err := os.Readlink(path); err != nil || target != mounts {
				continue
			}
			if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))); err == nil {
				killed = syscall.Kill(pid, syscall.SIGKILL) == nil || killed
			}
		}
	}
}
