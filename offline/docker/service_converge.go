package docker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/swarm"
	p "github.com/pulumi/pulumi-go-provider"
)

// pollEvery is how often a converging service is looked at, at most.
const pollEvery = 300 * time.Millisecond

// pauseAfter is how long an engine is left alone after a look that took so long: ten times that, so that several
// services that converge at once take no more than a part of a slow machine's processor.
func pauseAfter(took time.Duration) time.Duration {
	return min(max(pollEvery, 10*took), 10*time.Second)
}

// quiet is how long a changed service may run on before Swarm has begun to
// update its tasks.
const quiet = 5 * time.Second

// convergence watches one service on its way to what was asked.
type convergence struct {
	engine *engine
	id     string
	name   string
	// before are the tasks from before this change: their failures are not its.
	before map[string]bool
	// checked: its tasks count as running only once a health check passed.
	checked bool
	began   time.Time
	ready   map[string]bool
	said    string
}

// converge waits until the tasks of the service's present version run (and are
// healthy), or says why they do not. before are the tasks of an earlier version.
func (e *engine) converge(ctx context.Context, id string, in *serviceInputs, before map[string]bool) error {
	limit := 3 * time.Minute
	if in.ConvergeConfig.Timeout != "" {
		limit = duration(in.ConvergeConfig.Timeout)
	}
	c := &convergence{
		engine: e, id: id, name: in.Name, before: before, began: time.Now(),
		checked: in.TaskSpec.ContainerSpec.Healthcheck != nil,
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var tasks []swarm.Task
	for {
		began := time.Now()
		done, seen, err := c.look(ctx)
		if seen != nil {
			tasks = seen
		}
		if done || err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return fmt.Errorf("service %s did not converge within %s%s", c.name, limit, c.reasons(ctx, tasks))
			}
			return ctx.Err()
		case <-time.After(pauseAfter(time.Since(began))):
		}
	}
}

// look tells whether the service is there yet, with its tasks.
func (c *convergence) look(ctx context.Context) (bool, []swarm.Task, error) {
	s, _, err := c.engine.ServiceInspectWithRaw(ctx, c.id, swarm.ServiceInspectOptions{})
	if err != nil {
		return false, nil, err
	}
	tasks, err := c.engine.tasks(ctx, c.id)
	if err != nil {
		return false, nil, err
	}
	updated := false
	if u := s.UpdateStatus; u != nil {
		switch u.State {
		case swarm.UpdateStateCompleted:
			updated = true
		case swarm.UpdateStateUpdating:
			c.progress(ctx, "updating: "+c.count(tasks))
		case swarm.UpdateStatePaused:
			return false, tasks, fmt.Errorf("the update of service %s failed and is paused%s", c.name, c.reasons(ctx, tasks))
		case swarm.UpdateStateRollbackStarted:
			c.progress(ctx, "rolling back"+c.reasons(ctx, tasks))
			return false, tasks, nil
		case swarm.UpdateStateRollbackCompleted:
			return false, tasks, fmt.Errorf("the update of service %s failed and was rolled back%s", c.name, c.reasons(ctx, tasks))
		case swarm.UpdateStateRollbackPaused:
			return false, tasks, fmt.Errorf("the update of service %s failed, and so did its rollback, which is paused%s",
				c.name, c.reasons(ctx, tasks))
		}
		if u.State == swarm.UpdateStateUpdating {
			return false, tasks, nil
		}
	}
	if c.running(ctx, &s, tasks, updated) {
		return true, tasks, nil
	}
	return false, tasks, c.hopeless(ctx, tasks)
}

func (e *engine) tasks(ctx context.Context, service string) ([]swarm.Task, error) {
	return e.TaskList(ctx, swarm.TaskListOptions{Filters: filters.NewArgs(filters.Arg("service", service))})
}

// running tells whether as many tasks run as were asked for, all of the present
// version. Without a health check a task counts when it is seen running twice.
func (c *convergence) running(ctx context.Context, s *swarm.Service, tasks []swarm.Task, updated bool) bool {
	wanted := 1
	if r := s.Spec.Mode.Replicated; r != nil && r.Replicas != nil {
		wanted = int(*r.Replicas)
	}
	count, before := 0, c.ready
	c.ready = map[string]bool{}
	// An engine that fills in something else still starts its update at once: no
	// update within this time, and there is nothing to update.
	updated = updated || len(c.before) == 0 || time.Since(c.began) > quiet
	for _, task := range tasks {
		if task.DesiredState != swarm.TaskStateRunning {
			continue
		}
		if task.Status.State != swarm.TaskStateRunning || !updated && !current(&task, s) {
			return c.waiting(ctx, tasks)
		}
		c.ready[task.ID] = true
		if c.checked || before[task.ID] {
			count++
		}
	}
	return len(c.ready) == wanted && count == wanted || c.waiting(ctx, tasks)
}

func (c *convergence) waiting(ctx context.Context, tasks []swarm.Task) bool {
	c.progress(ctx, c.count(tasks))
	return false
}

// current tells whether a task was made from the service's present spec. What
// Swarm fills in when it is asked for a service, it does not for a task.
func current(task *swarm.Task, s *swarm.Service) bool {
	spec := s.Spec.TaskTemplate
	if task.Spec.RestartPolicy == nil {
		spec.RestartPolicy = nil
	}
	if task.Spec.Runtime == "" {
		spec.Runtime = ""
	}
	if task.Spec.ContainerSpec != nil && spec.ContainerSpec != nil {
		container := *spec.ContainerSpec
		if task.Spec.ContainerSpec.StopGracePeriod == nil {
			container.StopGracePeriod = nil
		}
		spec.ContainerSpec = &container
	}
	a, errA := json.Marshal(task.Spec)
	b, errB := json.Marshal(spec)
	return errA == nil && errB == nil && string(a) == string(b)
}

// hopeless is the error of a service that Swarm will not try to start again.
func (c *convergence) hopeless(ctx context.Context, tasks []swarm.Task) error {
	for _, task := range tasks {
		if task.DesiredState == swarm.TaskStateRunning || task.DesiredState == swarm.TaskStateReady {
			return nil
		}
	}
	if reasons := c.reasons(ctx, tasks); reasons != "" {
		return fmt.Errorf("service %s does not run, and is not started again%s", c.name, reasons)
	}
	return nil
}

func (c *convergence) count(tasks []swarm.Task) string {
	states := map[swarm.TaskState]int{}
	for _, task := range tasks {
		if task.DesiredState == swarm.TaskStateRunning || task.DesiredState == swarm.TaskStateReady {
			states[task.Status.State]++
		}
	}
	var parts []string
	for _, state := range []swarm.TaskState{
		swarm.TaskStatePending, swarm.TaskStateAssigned, swarm.TaskStatePreparing,
		swarm.TaskStateReady, swarm.TaskStateStarting, swarm.TaskStateRunning,
	} {
		if states[state] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", states[state], state))
		}
	}
	if last := c.last(tasks); last != nil {
		parts = append(parts, "last failure: "+last.Status.Err)
	}
	return "tasks: " + strings.Join(parts, ", ")
}

func (c *convergence) progress(ctx context.Context, text string) {
	if text != c.said {
		p.GetLogger(ctx).InfoStatus(text)
		c.said = text
	}
}

// last is the newest task that went wrong since this change began.
func (c *convergence) last(tasks []swarm.Task) *swarm.Task {
	var last *swarm.Task
	for i := range tasks {
		task := &tasks[i]
		if task.Status.Err == "" || c.before[task.ID] {
			continue
		}
		if last == nil || task.CreatedAt.After(last.CreatedAt) {
			last = task
		}
	}
	return last
}
