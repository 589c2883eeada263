package docker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/swarm"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

var service = definition[serviceInputs]{
	meta:     `{"schema_version":"2"}`,
	autoname: true,
	check:    checkService,
	create:   createService,
	identify: identifyService,
	update:   updateService,
	read: func(ctx context.Context, e *engine, id string, in *serviceInputs) (*serviceInputs, outputs, outputs, error) {
		s, _, err := e.ServiceInspectWithRaw(ctx, id, swarm.ServiceInspectOptions{})
		if errdefs.IsNotFound(err) {
			return nil, nil, nil, nil
		}
		if err != nil {
			return nil, nil, nil, err
		}
		return serviceLive(in, &s.Spec), nil, nil, nil
	},
	delete: deleteService,
}

func checkService(_ context.Context, in *serviceInputs, inputs property.Map) (property.Map, []p.CheckFailure) {
	var failures []p.CheckFailure
	fail := func(name, reason string) {
		failures = append(failures, p.CheckFailure{Property: name, Reason: reason})
	}
	if in.Mode != nil && in.Mode.Global {
		if in.ConvergeConfig != nil {
			fail("convergeConfig", `"convergeConfig" conflicts with "mode.global"`)
		}
		if in.Mode.Replicated != nil {
			fail("mode", `"mode.replicated" conflicts with "mode.global"`)
		}
	}
	if in.TaskSpec.Runtime == "plugin" {
		fail("taskSpec.runtime", `"taskSpec.runtime" other than "container" is not carried out by the offline docker provider`)
	}
	if in.TaskSpec.ContainerSpec.Isolation != "" && in.TaskSpec.ContainerSpec.Isolation != "default" {
		fail("taskSpec.containerSpec.isolation",
			`"taskSpec.containerSpec.isolation" (Windows) is not carried out by the offline docker provider`)
	}
	networks := inputs.Get("taskSpec").AsMap().Get("networksAdvanceds")
	for i, n := range in.TaskSpec.NetworksAdvanceds {
		if n.ID == "" && n.Name == "" && !networks.HasComputed() {
			fail(fmt.Sprintf("taskSpec.networksAdvanceds[%d].id", i), `"id" of the network is required`)
		}
	}
	return inputs, failures
}

func createService(ctx context.Context, e *engine, in *serviceInputs) (string, outputs, error) {
	spec, auth, err := e.prepareService(ctx, in)
	if err != nil {
		return "", nil, err
	}
	created, err := e.ServiceCreate(ctx, spec, swarm.ServiceCreateOptions{EncodedRegistryAuth: auth})
	if err != nil {
		return "", nil, err
	}
	warn(ctx, created.Warnings)
	if in.ConvergeConfig == nil {
		return created.ID, nil, nil
	}
	if err := e.converge(ctx, created.ID, in, nil); err != nil {
		// As official does: what never ran is not left behind, so that the next
		// `up` finds the name free. The clean-up outlives a cancelled operation.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		if left := deleteService(ctx, e, created.ID, in); left != nil {
			return "", nil, fmt.Errorf("%w (and removing the service failed: %v)", err, left)
		}
		return "", nil, err
	}
	return created.ID, nil, nil
}

func updateService(ctx context.Context, e *engine, id string, in, _ *serviceInputs) (outputs, error) {
	spec, auth, err := e.prepareService(ctx, in)
	if err != nil {
		return nil, err
	}
	tasks, err := e.tasks(ctx, id)
	if err != nil {
		return nil, err
	}
	before := map[string]bool{}
	for _, task := range tasks {
		before[task.ID] = true
	}
	// Swarm itself writes to a service (its update status): a version that is
	// out of date is read again.
	err = retry(ctx, 10*time.Second, outOfSequence, func() error {
		current, _, err := e.ServiceInspectWithRaw(ctx, id, swarm.ServiceInspectOptions{})
		if err != nil {
			return err
		}
		if in.TaskSpec.ForceUpdate == 0 {
			spec.TaskTemplate.ForceUpdate = current.Spec.TaskTemplate.ForceUpdate
		}
		updated, err := e.ServiceUpdate(ctx, id, current.Version, spec, swarm.ServiceUpdateOptions{
			EncodedRegistryAuth: auth, RegistryAuthFrom: swarm.RegistryAuthFromSpec,
		})
		warn(ctx, updated.Warnings)
		return err
	})
	if err != nil || in.ConvergeConfig == nil {
		return nil, err
	}
	return nil, e.converge(ctx, id, in, before)
}

func outOfSequence(err error) bool { return strings.Contains(err.Error(), "update out of sequence") }

func warn(ctx context.Context, warnings []string) {
	for _, warning := range warnings {
		p.GetLogger(ctx).Warning(warning)
	}
}

// prepareService makes the spec and looks up what only the engine knows: the
// names of secrets and configs, which Swarm wants beside their ids.
func (e *engine) prepareService(ctx context.Context, in *serviceInputs) (swarm.ServiceSpec, string, error) {
	spec, err := serviceSpec(in)
	if err != nil {
		return spec, "", err
	}
	for _, reference := range spec.TaskTemplate.ContainerSpec.Secrets {
		if reference.SecretName == "" {
			s, _, err := e.SecretInspectWithRaw(ctx, reference.SecretID)
			if err != nil {
				return spec, "", err
			}
			reference.SecretName = s.Spec.Name
		}
	}
	for _, reference := range spec.TaskTemplate.ContainerSpec.Configs {
		if reference.ConfigName == "" {
			c, _, err := e.ConfigInspectWithRaw(ctx, reference.ConfigID)
			if err != nil {
				return spec, "", err
			}
			reference.ConfigName = c.Spec.Name
		}
	}
	if in.Auth != nil {
		auth, err := encodeAuth(in.Auth.ServerAddress, in.Auth.Username, in.Auth.Password)
		return spec, auth, err
	}
	auth, err := e.authFor(in.TaskSpec.ContainerSpec.Image)
	return spec, auth, err
}

// deleteService removes a service and waits for its containers on this engine:
// they hold its networks and volumes for a moment longer.
func deleteService(ctx context.Context, e *engine, id string, in *serviceInputs) error {
	if err := e.calm(ctx, id); err != nil {
		p.GetLogger(ctx).Warning(fmt.Sprintf("service %s is removed while its tasks still fail: %v", in.Name, err))
	}
	if err := notFoundIsFine(e.ServiceRemove(ctx, id)); err != nil {
		return err
	}
	limit := 20*time.Second + duration(in.TaskSpec.ContainerSpec.StopGracePeriod)
	still := fmt.Errorf("the containers of service %s are still there", in.Name)
	err := retry(ctx, limit, func(err error) bool { return err == still }, func() error {
		left, err := e.ContainerList(ctx, container.ListOptions{
			All: true, Filters: filters.NewArgs(filters.Arg("label", "com.docker.swarm.service.id="+id)),
		})
		if err == nil && len(left) > 0 {
			return still
		}
		return err
	})
	if err == still {
		p.GetLogger(ctx).Warning(err.Error())
		return nil
	}
	return err
}

// calm scales a service whose tasks fail and are replaced to none, and waits
// until Swarm has ended them and dropped the oldest. Engine 20.10 crashes as a
// whole when a service is removed in the moment in which Swarm drops one of its
// tasks (SetServiceTasksRemove of swarmkit reads a task that is no longer there).
func (e *engine) calm(ctx context.Context, id string) error {
	tasks, err := e.tasks(ctx, id)
	if err != nil || !replaced(tasks) {
		return err
	}
	s, _, err := e.ServiceInspectWithRaw(ctx, id, swarm.ServiceInspectOptions{})
	if err != nil {
		return notFoundIsFine(err)
	}
	if s.Spec.Mode.Replicated == nil {
		return nil
	}
	none := uint64(0)
	s.Spec.Mode.Replicated.Replicas = &none
	if _, err := e.ServiceUpdate(ctx, id, s.Version, s.Spec, swarm.ServiceUpdateOptions{}); err != nil {
		return err
	}
	// Swarm drops tasks four times a second, so what stays the same for a second stays.
	restless, same, last := errors.New("its tasks do not end"), 0, 0
	return retry(ctx, 15*time.Second, func(err error) bool { return err == restless }, func() error {
		tasks, err := e.tasks(ctx, id)
		if err != nil {
			return err
		}
		if len(tasks) != last || slices.ContainsFunc(tasks, unended) {
			same, last = 0, len(tasks)
		}
		if same++; same < 5 {
			return restless
		}
		return nil
	})
}

func unended(task swarm.Task) bool {
	switch task.Status.State {
	case swarm.TaskStateComplete, swarm.TaskStateShutdown, swarm.TaskStateFailed, swarm.TaskStateRejected,
		swarm.TaskStateRemove, swarm.TaskStateOrphaned:
		return false
	}
	return true
}

// replaced tells whether a task has had a successor in its slot.
func replaced(tasks []swarm.Task) bool {
	slots := map[int]bool{}
	for _, task := range tasks {
		if slots[task.Slot] {
			return true
		}
		slots[task.Slot] = true
	}
	return false
}
