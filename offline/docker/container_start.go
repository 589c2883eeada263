package docker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	p "github.com/pulumi/pulumi-go-provider"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// settle is how long a container that must run is watched after its start: one
// that falls over at once says so now, and not at the next refresh.
const settle = time.Second

// start starts a container and waits for what its inputs ask to be waited for;
// the log is that of one that was attached to.
func (e *engine) start(ctx context.Context, id string, in *containerInputs) (string, error) {
	if in.Attach {
		return e.runToEnd(ctx, id, in)
	}
	if err := e.ContainerStart(ctx, id, container.StartOptions{}); err != nil {
		return "", err
	}
	if in.Wait {
		return "", e.waitHealthy(ctx, id, in)
	}
	if !isTrue(in.MustRun, true) {
		return "", nil
	}
	return "", e.waitRunning(ctx, id, in)
}

// runToEnd is `attach`: it returns when the container has ended.
func (e *engine) runToEnd(ctx context.Context, id string, in *containerInputs) (string, error) {
	condition := container.WaitConditionNextExit
	if in.Rm {
		condition = container.WaitConditionRemoved
	}
	ended, failed := e.ContainerWait(ctx, id, condition)
	if err := e.ContainerStart(ctx, id, container.StartOptions{}); err != nil {
		return "", err
	}
	select {
	case err := <-failed:
		return "", err
	case result := <-ended:
		if result.Error != nil {
			return "", errors.New(result.Error.Message)
		}
	}
	if !in.Logs || in.Rm {
		return "", nil
	}
	return e.containerTail(ctx, id, "all", in.TTY), nil
}

// waitRunning watches a container that must run until it has done so for a
// moment.
func (e *engine) waitRunning(ctx context.Context, id string, in *containerInputs) error {
	limit := 15 * time.Second
	if in.ContainerReadRefreshTimeoutMilliseconds != nil {
		limit = time.Duration(*in.ContainerReadRefreshTimeoutMilliseconds) * time.Millisecond
	}
	var since time.Time
	return e.until(ctx, limit, in.Name+" is not running", func(c *container.InspectResponse) (bool, error) {
		switch {
		case c.State.Running && !c.State.Restarting:
			if since.IsZero() {
				since = time.Now()
			}
			return time.Since(since) >= settle, nil
		case c.State.Restarting:
			since = time.Time{}
			return false, nil
		default:
			return false, e.exited(ctx, c, in)
		}
	}, id)
}

// waitHealthy is `wait`: until the health check says healthy.
func (e *engine) waitHealthy(ctx context.Context, id string, in *containerInputs) error {
	limit := time.Minute
	if in.WaitTimeout != nil {
		limit = time.Duration(*in.WaitTimeout) * time.Second
	}
	said := ""
	return e.until(ctx, limit, in.Name+" is not healthy", func(c *container.InspectResponse) (bool, error) {
		if !c.State.Running && !c.State.Restarting {
			return false, e.exited(ctx, c, in)
		}
		if c.State.Health == nil {
			return false, fmt.Errorf("container %s has no health check to wait for", in.Name)
		}
		if c.State.Health.Status != said {
			said = c.State.Health.Status
			p.GetLogger(ctx).InfoStatus("health: " + said)
		}
		return c.State.Health.Status == container.Healthy, nil
	}, id)
}

// until looks at a container again and again, until done is, or the limit.
func (e *engine) until(
	ctx context.Context, limit time.Duration, otherwise string,
	done func(c *container.InspectResponse) (bool, error), id string,
) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	var last container.InspectResponse
	for {
		c, err := e.ContainerInspect(ctx, id)
		if err == nil {
			last = c
			ok, err := done(&c)
			if ok || err != nil {
				return err
			}
		} else if ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return ctx.Err()
			}
			return fmt.Errorf("container %s after %s%s", otherwise, limit, e.evidence(ctx, &last))
		case <-tick.C:
		}
	}
}

func (e *engine) exited(ctx context.Context, c *container.InspectResponse, in *containerInputs) error {
	return fmt.Errorf("container %s exited with code %d after its start%s", in.Name, c.State.ExitCode, e.evidence(ctx, c))
}

// evidence is what a container leaves to say about its failure.
func (e *engine) evidence(ctx context.Context, c *container.InspectResponse) string {
	if c.ContainerJSONBase == nil || c.State == nil {
		return ""
	}
	text := ""
	if c.State.Error != "" {
		text = ": " + c.State.Error
	}
	if h := c.State.Health; h != nil && len(h.Log) > 0 {
		last := h.Log[len(h.Log)-1]
		text += fmt.Sprintf("; last health check: code %d, %s", last.ExitCode, strings.TrimSpace(last.Output))
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	if lines := e.containerTail(ctx, c.ID, "8", c.Config.Tty); lines != "" {
		text += "; its last lines:\n" + lines
	}
	return text
}

// parsePlatform reads OS/ARCHITECTURE[/VARIANT].
func parsePlatform(s string) *ocispec.Platform {
	parts := append(strings.Split(s, "/"), "", "")
	return &ocispec.Platform{OS: parts[0], Architecture: parts[1], Variant: parts[2]}
}
