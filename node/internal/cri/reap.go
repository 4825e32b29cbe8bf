package cri

import (
	"context"
	"fmt"
	"os"
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
	tasks, _ := os.ReadDir("/proc/self/task")
	for _, task := range tasks {
		children, _ := os.ReadFile("/proc/self/task/" + task.Name() + "/children")
		for _, child := range strings.Fields(string(children)) {
			stat, _ := os.ReadFile("/proc/" + child + "/stat")
			if _, state, ok := strings.Cut(string(stat), ") "); !ok || state[0] != 'Z' {
				continue
			}
			var pid int
			if _, err := fmt.Sscan(child, &pid); err == nil {
				found = append(found, pid)
			}
		}
	}
	return found
}
