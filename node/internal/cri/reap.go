package cri

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// reapInterval is how often dead children nobody waits for are looked for.
const reapInterval = 3 * time.Second

// reapOrphans waits for the dead children nobody waits for: crun's intermediate processes, what an exec left behind.
// A child that os/exec or a container's own goroutine waits for never stays a zombie for two rounds.
func reapOrphans(ctx context.Context) {
	ticker := time.NewTicker(reapInterval)
	defer ticker.Stop()
	old := map[int]bool{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := map[int]bool{}
		for _, pid := range zombies() {
			if old[pid] {
				_, _ = syscall.Wait4(pid, nil, syscall.WNOHANG, nil)
			} else {
				now[pid] = true
			}
		}
		old = now
	}
}

// zombies lists this process's dead children.
func zombies() []int {
	var found []int
	for _, pid := range children(os.Getpid()) {
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if _, state, ok := strings.Cut(string(stat), ") "); ok && state[0] == 'Z' {
			found = append(found, pid)
		}
	}
	return found
}

// endChildren kills the commands that an exec started, which would go on without it. They become our children then, and
// a container cannot end before the last dead process of it is reaped.
func endChildren(pid int) {
	for _, child := range children(pid) {
		_ = syscall.Kill(child, syscall.SIGKILL)
		go await(child)
	}
}

func children(pid int) []int {
	var found []int
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		content, _ := os.ReadFile(list)
		for _, field := range strings.Fields(string(content)) {
			if child, err := strconv.Atoi(field); err == nil {
				found = append(found, child)
			}
		}
	}
	return found
}
