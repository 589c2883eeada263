package docker

import (
	"context"
	"fmt"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/versions"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// containerMeta has Terraform's time limits of a container beside the schema's version.
const containerMeta = `{"e2bfb730-ecaa-11e6-8f88-34363bc7c4c0":` +
	`{"create":1200000000000,"delete":1200000000000,"update":1200000000000},"schema_version":"2"}`

var containerResource = definition[containerInputs]{
	meta:        containerMeta,
	computed:    []string{"bridge", "containerLogs", "exitCode", "networkDatas", "hostname"},
	autoname:    true,
	deleteFirst: true,
	check:       checkContainer,
	create:      createContainer,
	identify:    identifyContainer,
	update:      updateContainer,
	read: func(
		ctx context.Context, e *engine, id string, in *containerInputs,
	) (*containerInputs, outputs, outputs, error) {
		c, err := e.ContainerInspect(ctx, id)
		if errdefs.IsNotFound(err) {
			return nil, nil, nil, nil
		}
		if err != nil {
			return nil, nil, nil, err
		}
		drift := outputs{}
		if isTrue(in.MustRun, true) && isTrue(in.Start, true) && !c.State.Running && !in.Attach {
			// A container that must run and does not is a change: `up` starts it.
			drift["mustRun"] = false
		}
		return containerLive(in, &c), containerOutputs(&c, ""), drift, nil
	},
	delete: deleteContainer,
}

func isTrue(b *bool, otherwise bool) bool {
	if b == nil {
		return otherwise
	}
	return *b
}

func checkContainer(_ context.Context, in *containerInputs, inputs property.Map) (property.Map, []p.CheckFailure) {
	var failures []p.CheckFailure
	fail := func(name, format string, args ...any) {
		failures = append(failures, p.CheckFailure{Property: name, Reason: fmt.Sprintf(format, args...)})
	}
	if in.Wait && isEmpty(inputs.Get("healthcheck")) {
		fail("wait", `"wait" needs a "healthcheck" to wait for`)
	}
	if in.Logs && !in.Attach && inputs.Get("attach").IsBool() {
		fail("logs", `"logs" needs "attach"`)
	}
	if in.GPUs != "" && in.GPUs != "all" {
		fail("gpus", `"gpus" other than "all" is not carried out by the offline docker provider; use "deviceRequests"`)
	}
	switch in.Restart {
	case "", "no", "always", "on-failure", "unless-stopped":
	default:
		fail("restart", `"restart" is no, on-failure, always or unless-stopped, not %q`, in.Restart)
	}
	for i, u := range in.Uploads {
		if _, err := number(u.Owner); err != nil {
			fail(fmt.Sprintf("uploads[%d].owner", i), "%v", err)
		}
		if _, err := number(u.Group); err != nil {
			fail(fmt.Sprintf("uploads[%d].group", i), "%v", err)
		}
	}
	return inputs, failures
}

// tooOld refuses what this engine's API would drop without a word.
func (e *engine) tooOld(in *containerInputs) error {
	needs := func(given bool, name, version string) error {
		if given && versions.LessThan(e.ClientVersion(), version) {
			return fmt.Errorf("%s needs an engine with API %s; the one at %s has %s", name, version, e.host, e.ClientVersion())
		}
		return nil
	}
	if err := needs(in.Healthcheck != nil && duration(in.Healthcheck.StartInterval) != 0, "healthcheck.startInterval", "1.44"); err != nil {
		return err
	}
	for _, m := range in.Mounts {
		if err := needs(m.VolumeOptions != nil && m.VolumeOptions.Subpath != "", "mounts.volumeOptions.subpath", "1.45"); err != nil {
			return err
		}
	}
	for _, n := range in.NetworksAdvanced {
		if err := needs(n.MacAddress != "", "networksAdvanced.macAddress", "1.44"); err != nil {
			return err
		}
		if err := needs(n.GwPriority != 0, "networksAdvanced.gwPriority", "1.48"); err != nil {
			return err
		}
	}
	return nil
}

func createContainer(ctx context.Context, e *engine, in *containerInputs) (string, outputs, error) {
	if err := e.tooOld(in); err != nil {
		return "", nil, err
	}
	host, err := hostConfig(in)
	if err != nil {
		return "", nil, err
	}
	var platform *ocispec.Platform
	if in.Platform != "" {
		platform = parsePlatform(in.Platform)
	}
	created, err := e.ContainerCreate(ctx, containerConfig(in), host, nil, platform, in.Name)
	if err != nil {
		return "", nil, err
	}
	warn(ctx, created.Warnings)
	out, err := e.bringUp(ctx, created.ID, in)
	if err != nil {
		// What did not come up is not left in the way of the next attempt. The
		// clean-up outlives a cancelled operation.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		if left := deleteContainer(ctx, e, created.ID, in); left != nil {
			return "", nil, fmt.Errorf("%w (and removing the container failed: %v)", err, left)
		}
		return "", nil, err
	}
	return created.ID, out, nil
}

func (e *engine) bringUp(ctx context.Context, id string, in *containerInputs) (outputs, error) {
	if len(in.NetworksAdvanced) > 0 && bridged(in.NetworkMode) {
		// As the official plugin does it, whose refresh would miss the mode "bridge" else.
		if err := e.NetworkDisconnect(ctx, "bridge", id, false); err != nil {
			return nil, err
		}
	}
	for _, n := range in.NetworksAdvanced {
		if err := e.NetworkConnect(ctx, n.Name, id, n.endpoint()); err != nil {
			return nil, err
		}
	}
	for _, u := range in.Uploads {
		if err := e.upload(ctx, id, u); err != nil {
			return nil, err
		}
	}
	logs := ""
	if isTrue(in.Start, true) {
		var err error
		if logs, err = e.start(ctx, id, in); err != nil {
			return nil, err
		}
	}
	c, err := e.ContainerInspect(ctx, id)
	if err != nil {
		if in.Rm && in.Attach && errdefs.IsNotFound(err) {
			return outputs{"containerLogs": logs, "exitCode": int64(0), "bridge": "", "networkDatas": []networkData{}, "hostname": ""}, nil
		}
		return nil, err
	}
	return containerOutputs(&c, logs), nil
}

func updateContainer(ctx context.Context, e *engine, id string, in, _ *containerInputs) (outputs, error) {
	host, err := hostConfig(in)
	if err != nil {
		return nil, err
	}
	before, err := e.ContainerInspect(ctx, id)
	if err != nil {
		return nil, err
	}
	update := container.UpdateConfig{RestartPolicy: host.RestartPolicy, Resources: container.Resources{
		CPUShares: host.CPUShares, CpusetCpus: host.CpusetCpus, CPUPeriod: host.CPUPeriod, CPUQuota: host.CPUQuota,
		Memory: host.Memory, MemoryReservation: host.MemoryReservation, MemorySwap: host.MemorySwap,
	}}
	updated, err := e.ContainerUpdate(ctx, id, update)
	if err != nil {
		return nil, err
	}
	warn(ctx, updated.Warnings)
	logs := ""
	if isTrue(in.Start, true) && isTrue(in.MustRun, true) && !before.State.Running {
		if logs, err = e.start(ctx, id, in); err != nil {
			return nil, err
		}
	} else if in.Wait && before.State.Running {
		if err := e.waitHealthy(ctx, id, in); err != nil {
			return nil, err
		}
	}
	c, err := e.ContainerInspect(ctx, id)
	if err != nil {
		return nil, err
	}
	return containerOutputs(&c, logs), nil
}

func deleteContainer(ctx context.Context, e *engine, id string, in *containerInputs) error {
	if in.DestroyGraceSeconds > 0 {
		seconds := int(in.DestroyGraceSeconds)
		err := e.ContainerStop(ctx, id, container.StopOptions{Timeout: &seconds})
		if err := notFoundIsFine(err); err != nil {
			return err
		}
	}
	err := e.ContainerRemove(ctx, id, container.RemoveOptions{Force: true, RemoveVolumes: isTrue(in.RemoveVolumes, true)})
	if errdefs.IsConflict(err) {
		// Somebody else is removing it already (`rm`, or another hand): wait for that.
		still := fmt.Errorf("container %s is still being removed", in.Name)
		return retry(ctx, 30*time.Second, func(err error) bool { return err == still }, func() error {
			if _, err := e.ContainerInspect(ctx, id); err == nil {
				return still
			} else {
				return notFoundIsFine(err)
			}
		})
	}
	return notFoundIsFine(err)
}
