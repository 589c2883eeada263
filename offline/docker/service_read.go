package docker

import (
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/swarm"
)

// serviceLive is a service as Swarm has it, in the words of its inputs. What was
// not given stays ungiven: nothing compares it.
func serviceLive(in *serviceInputs, spec *swarm.ServiceSpec) *serviceInputs {
	live := *in
	live.Name, live.Labels = spec.Name, labelList(spec.Labels)
	live.Mode = &serviceMode{Global: spec.Mode.Global != nil}
	if r := spec.Mode.Replicated; r != nil && r.Replicas != nil {
		replicas := int64(*r.Replicas)
		live.Mode.Replicated = &replicatedMode{Replicas: &replicas}
	}
	if spec.EndpointSpec != nil {
		live.EndpointSpec = endpointLive(spec.EndpointSpec)
	}
	live.UpdateConfig = updateLive(in.UpdateConfig, spec.UpdateConfig)
	live.RollbackConfig = updateLive(in.RollbackConfig, spec.RollbackConfig)
	live.TaskSpec = taskLive(&in.TaskSpec, &spec.TaskTemplate)
	return &live
}

func endpointLive(spec *swarm.EndpointSpec) *endpointSpec {
	live := &endpointSpec{Mode: string(spec.Mode), Ports: []endpointPort{}}
	for _, port := range spec.Ports {
		live.Ports = append(live.Ports, endpointPort{
			Name: port.Name, Protocol: string(port.Protocol), PublishMode: string(port.PublishMode),
			PublishedPort: int64(port.PublishedPort), TargetPort: int64(port.TargetPort),
		})
	}
	return live
}

func updateLive(in *updateConfig, spec *swarm.UpdateConfig) *updateConfig {
	if in == nil || spec == nil {
		return nil
	}
	live := &updateConfig{
		Delay: shortDuration(spec.Delay), FailureAction: spec.FailureAction, Monitor: shortDuration(spec.Monitor),
		Order: spec.Order, MaxFailureRatio: in.MaxFailureRatio,
	}
	parallelism := int64(spec.Parallelism)
	live.Parallelism = &parallelism
	// "0.10" and 0.1 are the same ratio.
	if ratio, err := strconv.ParseFloat(in.MaxFailureRatio, 32); err != nil || float32(ratio) != spec.MaxFailureRatio {
		live.MaxFailureRatio = strconv.FormatFloat(float64(spec.MaxFailureRatio), 'g', -1, 32)
	}
	return live
}

func taskLive(in *taskSpec, spec *swarm.TaskSpec) taskSpec {
	live := *in
	live.ForceUpdate, live.Runtime = int64(spec.ForceUpdate), string(spec.Runtime)
	if in.LogDriver != nil && spec.LogDriver != nil {
		live.LogDriver = &logDriver{Name: spec.LogDriver.Name, Options: spec.LogDriver.Options}
	}
	live.NetworksAdvanceds = []networkAttachment{}
	for _, n := range spec.Networks {
		attachment := networkAttachment{Aliases: n.Aliases, ID: n.Target, DriverOpts: envList(n.DriverOpts)}
		for _, given := range in.NetworksAdvanceds {
			// A name cannot be told from an id here: the engine keeps the id.
			if given.ID == n.Target || given.ID == "" && len(in.NetworksAdvanceds) == len(spec.Networks) {
				attachment.Name = given.Name
			}
		}
		live.NetworksAdvanceds = append(live.NetworksAdvanceds, attachment)
	}
	live.Placement = placementLive(in.Placement, spec.Placement)
	if in.Resources != nil && spec.Resources != nil {
		live.Resources = resourcesLive(in.Resources, spec.Resources)
	}
	if in.RestartPolicy != nil && spec.RestartPolicy != nil {
		r := spec.RestartPolicy
		live.RestartPolicy = &restartPolicy{
			Condition: string(r.Condition), Delay: durationText(r.Delay), Window: durationText(r.Window),
		}
		attempts := int64(0)
		if r.MaxAttempts != nil {
			attempts = int64(*r.MaxAttempts)
		}
		live.RestartPolicy.MaxAttempts = &attempts
	}
	if spec.ContainerSpec != nil {
		live.ContainerSpec = containerSpecLive(&in.ContainerSpec, spec.ContainerSpec)
	}
	return live
}

func durationText(d *time.Duration) string {
	if d == nil {
		return "0s"
	}
	return shortDuration(*d)
}

// shortDuration is how the official plugin spells the durations of a service.
func shortDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func placementLive(in *placement, spec *swarm.Placement) *placement {
	if in == nil {
		in = &placement{}
	}
	if spec == nil {
		spec = &swarm.Placement{}
	}
	live := &placement{Constraints: spec.Constraints, MaxReplicas: int64(spec.MaxReplicas), Prefs: []string{}}
	for i, pref := range spec.Preferences {
		prefix := ""
		if i < len(in.Prefs) && strings.HasPrefix(in.Prefs[i], "spread=") {
			prefix = "spread="
		}
		if pref.Spread != nil {
			live.Prefs = append(live.Prefs, prefix+pref.Spread.SpreadDescriptor)
		}
	}
	for _, p := range spec.Platforms {
		live.Platforms = append(live.Platforms, platform{Architecture: p.Architecture, OS: p.OS})
	}
	return live
}

func resourcesLive(in *resourcesSpec, spec *swarm.ResourceRequirements) *resourcesSpec {
	live := &resourcesSpec{}
	if in.Limits != nil {
		live.Limits = &limits{}
		if spec.Limits != nil {
			live.Limits = &limits{MemoryBytes: spec.Limits.MemoryBytes, NanoCPUs: spec.Limits.NanoCPUs}
		}
	}
	if in.Reservation != nil {
		live.Reservation = &reservation{GenericResources: in.Reservation.GenericResources}
		if r := spec.Reservations; r != nil {
			live.Reservation.MemoryBytes, live.Reservation.NanoCPUs = r.MemoryBytes, r.NanoCPUs
		}
	}
	return live
}

func containerSpecLive(in *containerSpec, spec *swarm.ContainerSpec) containerSpec {
	live := *in
	live.Image, live.Labels, live.Commands, live.Args = spec.Image, labelList(spec.Labels), spec.Command, spec.Args
	live.Hostname, live.Env, live.Dir, live.User = spec.Hostname, pairs(spec.Env), spec.Dir, spec.User
	live.Groups, live.StopSignal, live.ReadOnly = spec.Groups, spec.StopSignal, spec.ReadOnly
	live.Mounts, live.Sysctl = mountSpecs(spec.Mounts), spec.Sysctls
	live.CapAdds, live.CapDrops = sameCapabilities(in.CapAdds, spec.CapabilityAdd),
		sameCapabilities(in.CapDrops, spec.CapabilityDrop)
	live.StopGracePeriod = durationText(spec.StopGracePeriod)
	if spec.Init != nil {
		live.Init = spec.Init
	}
	if h := spec.Healthcheck; h != nil {
		live.Healthcheck = &serviceHealth{
			Tests: h.Test, Interval: shortDuration(h.Interval), Timeout: shortDuration(h.Timeout),
			StartPeriod: shortDuration(h.StartPeriod), Retries: int64(h.Retries),
		}
	}
	live.Hosts = []hostEntry{}
	for _, host := range spec.Hosts {
		ip, name, _ := strings.Cut(host, " ")
		live.Hosts = append(live.Hosts, hostEntry{Host: name, IP: ip})
	}
	if d := spec.DNSConfig; d != nil {
		live.DNSConfig = &dnsConfig{Nameservers: d.Nameservers, Searches: d.Search, Options: d.Options}
	}
	live.Secrets = []secretReference{}
	for _, s := range spec.Secrets {
		r := secretReference{SecretID: s.SecretID, SecretName: s.SecretName}
		if s.File != nil {
			r.FileName, r.FileUID, r.FileGID, r.FileMode = s.File.Name, s.File.UID, s.File.GID, modeNumber(s.File.Mode)
		}
		live.Secrets = append(live.Secrets, r)
	}
	live.Configs = []configReference{}
	for _, c := range spec.Configs {
		r := configReference{ConfigID: c.ConfigID, ConfigName: c.ConfigName}
		if c.File != nil {
			r.FileName, r.FileUID, r.FileGID, r.FileMode = c.File.Name, c.File.UID, c.File.GID, modeNumber(c.File.Mode)
		}
		live.Configs = append(live.Configs, r)
	}
	return live
}

func modeNumber(mode os.FileMode) *int64 {
	n := int64(mode)
	return &n
}

// sameCapabilities keeps a list as given where the engine's says the same in
// its own order, and with or without "CAP_".
func sameCapabilities(given, live []string) []string {
	normal := func(list []string) string {
		var names []string
		for _, name := range list {
			names = append(names, strings.TrimPrefix(strings.ToUpper(name), "CAP_"))
		}
		return strings.Join(sorted(names), " ")
	}
	if normal(given) == normal(live) {
		return given
	}
	return live
}
