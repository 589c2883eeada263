package docker

import (
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/swarm"
)

// duration reads one that check has seen already; none is zero.
func duration(s string) time.Duration {
	d, _ := time.ParseDuration(s)
	return d
}

// serviceSpec is what Swarm is asked for.
func serviceSpec(in *serviceInputs) (swarm.ServiceSpec, error) {
	task, err := taskSpecFor(&in.TaskSpec)
	if err != nil {
		return swarm.ServiceSpec{}, err
	}
	spec := swarm.ServiceSpec{
		Annotations:  swarm.Annotations{Name: in.Name, Labels: labelMap(in.Labels)},
		TaskTemplate: task,
		Mode:         modeFor(in.Mode),
		EndpointSpec: endpointFor(in.EndpointSpec),
	}
	if spec.UpdateConfig, err = updateFor(in.UpdateConfig); err != nil {
		return spec, err
	}
	spec.RollbackConfig, err = updateFor(in.RollbackConfig)
	return spec, err
}

func modeFor(in *serviceMode) swarm.ServiceMode {
	if in != nil && in.Global {
		return swarm.ServiceMode{Global: &swarm.GlobalService{}}
	}
	replicas := uint64(1)
	if in != nil && in.Replicated != nil && in.Replicated.Replicas != nil {
		replicas = uint64(*in.Replicated.Replicas)
	}
	return swarm.ServiceMode{Replicated: &swarm.ReplicatedService{Replicas: &replicas}}
}

func endpointFor(in *endpointSpec) *swarm.EndpointSpec {
	if in == nil {
		return nil
	}
	spec := &swarm.EndpointSpec{Mode: swarm.ResolutionMode(in.Mode)}
	for _, port := range in.Ports {
		config := swarm.PortConfig{
			Name: port.Name, Protocol: swarm.PortConfigProtocolTCP, PublishMode: swarm.PortConfigPublishModeIngress,
			TargetPort: uint32(port.TargetPort), PublishedPort: uint32(port.PublishedPort),
		}
		if port.Protocol != "" {
			config.Protocol = swarm.PortConfigProtocol(port.Protocol)
		}
		if port.PublishMode != "" {
			config.PublishMode = swarm.PortConfigPublishMode(port.PublishMode)
		}
		spec.Ports = append(spec.Ports, config)
	}
	return spec
}

func updateFor(in *updateConfig) (*swarm.UpdateConfig, error) {
	if in == nil {
		return nil, nil
	}
	config := &swarm.UpdateConfig{
		Parallelism: 1, Delay: duration(in.Delay), FailureAction: "pause",
		Monitor: 5 * time.Second, Order: "stop-first",
	}
	if in.Parallelism != nil {
		config.Parallelism = uint64(*in.Parallelism)
	}
	if in.FailureAction != "" {
		config.FailureAction = in.FailureAction
	}
	if in.Monitor != "" {
		config.Monitor = duration(in.Monitor)
	}
	if in.Order != "" {
		config.Order = in.Order
	}
	if in.MaxFailureRatio != "" {
		ratio, err := strconv.ParseFloat(in.MaxFailureRatio, 32)
		if err != nil {
			return nil, fmt.Errorf("maxFailureRatio %q is not a number", in.MaxFailureRatio)
		}
		config.MaxFailureRatio = float32(ratio)
	}
	return config, nil
}

func taskSpecFor(in *taskSpec) (swarm.TaskSpec, error) {
	task := swarm.TaskSpec{
		ContainerSpec: containerSpecFor(&in.ContainerSpec),
		ForceUpdate:   uint64(in.ForceUpdate),
		Runtime:       swarm.RuntimeType(in.Runtime),
		Placement:     placementFor(in.Placement),
	}
	if in.LogDriver != nil {
		task.LogDriver = &swarm.Driver{Name: in.LogDriver.Name, Options: in.LogDriver.Options}
	}
	if r := in.RestartPolicy; r != nil {
		policy := &swarm.RestartPolicy{Condition: swarm.RestartPolicyCondition(r.Condition)}
		if r.Delay != "" {
			delay := duration(r.Delay)
			policy.Delay = &delay
		}
		if r.Window != "" {
			window := duration(r.Window)
			policy.Window = &window
		}
		if r.MaxAttempts != nil {
			attempts := uint64(*r.MaxAttempts)
			policy.MaxAttempts = &attempts
		}
		task.RestartPolicy = policy
	}
	for _, n := range in.NetworksAdvanceds {
		attachment := swarm.NetworkAttachmentConfig{Target: n.ID, Aliases: sorted(n.Aliases)}
		if n.ID == "" {
			attachment.Target = n.Name
		}
		if len(n.DriverOpts) > 0 {
			attachment.DriverOpts = pairs(n.DriverOpts)
		}
		task.Networks = append(task.Networks, attachment)
	}
	sort.SliceStable(task.Networks, func(i, j int) bool { return task.Networks[i].Target < task.Networks[j].Target })
	var err error
	task.Resources, err = resourcesFor(in.Resources)
	return task, err
}

func placementFor(in *placement) *swarm.Placement {
	if in == nil {
		return nil
	}
	spec := &swarm.Placement{Constraints: sorted(in.Constraints), MaxReplicas: uint64(in.MaxReplicas)}
	for _, pref := range in.Prefs {
		spec.Preferences = append(spec.Preferences, swarm.PlacementPreference{
			Spread: &swarm.SpreadOver{SpreadDescriptor: strings.TrimPrefix(pref, "spread=")},
		})
	}
	for _, p := range in.Platforms {
		spec.Platforms = append(spec.Platforms, swarm.Platform{Architecture: p.Architecture, OS: p.OS})
	}
	return spec
}

func resourcesFor(in *resourcesSpec) (*swarm.ResourceRequirements, error) {
	if in == nil {
		return nil, nil
	}
	spec := &swarm.ResourceRequirements{}
	if l := in.Limits; l != nil {
		spec.Limits = &swarm.Limit{NanoCPUs: l.NanoCPUs, MemoryBytes: l.MemoryBytes}
	}
	if r := in.Reservation; r != nil {
		spec.Reservations = &swarm.Resources{NanoCPUs: r.NanoCPUs, MemoryBytes: r.MemoryBytes}
		if g := r.GenericResources; g != nil {
			var err error
			spec.Reservations.GenericResources, err = genericFor(g)
			return spec, err
		}
	}
	return spec, nil
}

func genericFor(in *genericResources) ([]swarm.GenericResource, error) {
	var list []swarm.GenericResource
	for _, spec := range sorted(in.NamedResourcesSpecs) {
		kind, value, _ := strings.Cut(spec, "=")
		list = append(list, swarm.GenericResource{
			NamedResourceSpec: &swarm.NamedGenericResource{Kind: kind, Value: value},
		})
	}
	for _, spec := range sorted(in.DiscreteResourcesSpecs) {
		kind, value, _ := strings.Cut(spec, "=")
		count, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("discreteResourcesSpecs: %q is not KIND=NUMBER", spec)
		}
		list = append(list, swarm.GenericResource{
			DiscreteResourceSpec: &swarm.DiscreteGenericResource{Kind: kind, Value: count},
		})
	}
	return list, nil
}

func containerSpecFor(in *containerSpec) *swarm.ContainerSpec {
	spec := &swarm.ContainerSpec{
		Image: in.Image, Labels: labelMap(in.Labels), Command: in.Commands, Args: in.Args,
		Hostname: in.Hostname, Env: envList(in.Env), Dir: in.Dir, User: in.User, Groups: in.Groups,
		Init: in.Init, StopSignal: in.StopSignal, ReadOnly: in.ReadOnly, Mounts: mountsFor(in.Mounts),
		Isolation: container.Isolation(in.Isolation), Sysctls: in.Sysctl,
		CapabilityAdd: in.CapAdds, CapabilityDrop: in.CapDrops,
	}
	if in.StopGracePeriod != "" {
		period := duration(in.StopGracePeriod)
		spec.StopGracePeriod = &period
	}
	if h := in.Healthcheck; h != nil {
		spec.Healthcheck = &container.HealthConfig{
			Test: h.Tests, Interval: duration(h.Interval), Timeout: duration(h.Timeout),
			StartPeriod: duration(h.StartPeriod), Retries: int(h.Retries),
		}
	}
	for _, h := range in.Hosts {
		spec.Hosts = append(spec.Hosts, h.IP+" "+h.Host)
	}
	sort.Strings(spec.Hosts)
	if d := in.DNSConfig; d != nil {
		spec.DNSConfig = &swarm.DNSConfig{Nameservers: d.Nameservers, Search: d.Searches, Options: d.Options}
	}
	if p := in.Privileges; p != nil && p.SELinuxContext != nil {
		c := p.SELinuxContext
		spec.Privileges = &swarm.Privileges{SELinuxContext: &swarm.SELinuxContext{
			Disable: c.Disable, Level: c.Level, Role: c.Role, Type: c.Type, User: c.User,
		}}
	}
	for _, s := range in.Secrets {
		uid, gid, mode := fileOwner(s.FileUID, s.FileGID, s.FileMode)
		spec.Secrets = append(spec.Secrets, &swarm.SecretReference{
			SecretID: s.SecretID, SecretName: s.SecretName,
			File: &swarm.SecretReferenceFileTarget{Name: s.FileName, UID: uid, GID: gid, Mode: mode},
		})
	}
	for _, c := range in.Configs {
		uid, gid, mode := fileOwner(c.FileUID, c.FileGID, c.FileMode)
		spec.Configs = append(spec.Configs, &swarm.ConfigReference{
			ConfigID: c.ConfigID, ConfigName: c.ConfigName,
			File: &swarm.ConfigReferenceFileTarget{Name: c.FileName, UID: uid, GID: gid, Mode: mode},
		})
	}
	return spec
}

func fileOwner(uid, gid string, mode *int64) (string, string, os.FileMode) {
	if uid == "" {
		uid = "0"
	}
	if gid == "" {
		gid = "0"
	}
	if mode == nil {
		return uid, gid, 0o444
	}
	return uid, gid, os.FileMode(*mode)
}
