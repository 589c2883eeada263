package docker

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/swarm"
	"github.com/docker/docker/pkg/stdcopy"
)

// reasons is what the failed tasks of a change say themselves: the error that
// Swarm notes of the newest one, and the last lines it wrote.
func (c *convergence) reasons(ctx context.Context, tasks []swarm.Task) string {
	task := c.last(tasks)
	if task == nil {
		var waiting []string
		for _, t := range tasks {
			if t.DesiredState == swarm.TaskStateRunning && t.Status.State != swarm.TaskStateRunning {
				waiting = append(waiting, fmt.Sprintf("task %d is %s (%s)", t.Slot, t.Status.State, t.Status.Message))
			}
		}
		if len(waiting) == 0 {
			return ""
		}
		return ": " + strings.Join(waiting, "; ")
	}
	text := fmt.Sprintf(": task %d %s: %s", task.Slot, task.Status.State, task.Status.Err)
	if lines := c.engine.lastLines(ctx, task); lines != "" {
		text += "; its last lines:\n" + lines
	}
	return text
}

// lastLines reads the end of a task's log. The log is a courtesy: where there is
// none, there is none.
func (e *engine) lastLines(ctx context.Context, task *swarm.Task) string {
	if task.Status.ContainerStatus == nil || task.Status.ContainerStatus.ContainerID == "" {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	return e.containerTail(ctx, task.Status.ContainerStatus.ContainerID, "8", false)
}

// containerTail is the end of a container's log, or all of it.
func (e *engine) containerTail(ctx context.Context, id, tail string, tty bool) string {
	stream, err := e.ContainerLogs(ctx, id, container.LogsOptions{ShowStdout: true, ShowStderr: true, Tail: tail})
	if err != nil {
		return ""
	}
	defer func() { _ = stream.Close() }()
	var text bytes.Buffer
	if tty {
		_, err = text.ReadFrom(stream)
	} else {
		_, err = stdcopy.StdCopy(&text, &text, stream)
	}
	if err != nil {
		return ""
	}
	return strings.TrimRight(text.String(), "\n")
}
