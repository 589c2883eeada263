package docker

import (
	"sort"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/container"
)

// containerLive is a container as the engine has it, in the words of its
// inputs. What an image brings along (variables, labels) is not the container's.
func containerLive(in *containerInputs, c *container.InspectResponse) *containerInputs {
	live := *in
	config, host := c.Config, c.HostConfig
	live.Name = strings.TrimPrefix(c.Name, "/")
	live.Image, live.Hostname, live.Domainname, live.User = config.Image, config.Hostname, config.Domainname, config.User
	live.Command, live.Entrypoints, live.WorkingDir = config.Cmd, config.Entrypoint, config.WorkingDir
	live.StopSignal, live.TTY, live.StdinOpen = config.StopSignal, config.Tty, config.OpenStdin
	live.Envs = envsLive(in.Envs, config.Env)
	live.Labels = labelList(only(config.Labels, labelMap(in.Labels)))
	if h := config.Healthcheck; h != nil {
		live.Healthcheck = &containerHealth{
			Tests: h.Test, Interval: h.Interval.String(), Timeout: h.Timeout.String(), Retries: int64(h.Retries),
			StartPeriod: h.StartPeriod.String(), StartInterval: h.StartInterval.String(),
		}
	}
	live.Restart = string(host.RestartPolicy.Name)
	live.MaxRetryCount = int64(host.RestartPolicy.MaximumRetryCount)
	live.Rm, live.Privileged, live.ReadOnly = host.AutoRemove, host.Privileged, host.ReadonlyRootfs
	live.PublishAllPorts, live.Tmpfs, live.Sysctls = host.PublishAllPorts, host.Tmpfs, host.Sysctls
	live.LogDriver, live.LogOpts = host.LogConfig.Type, only(host.LogConfig.Config, in.LogOpts)
	live.DNS, live.DNSOpts, live.DNSSearches = host.DNS, host.DNSOptions, host.DNSSearch
	live.GroupAdds, live.IPCMode, live.PIDMode = host.GroupAdd, string(host.IpcMode), string(host.PidMode)
	live.UsernsMode = string(host.UsernsMode)
	if in.CgroupnsMode != "" {
		live.CgroupnsMode = string(host.CgroupnsMode)
	}
	live.SecurityOpts = host.SecurityOpt
	if len(in.SecurityOpts) > 0 {
		live.SecurityOpts = only2(host.SecurityOpt, in.SecurityOpts)
	}
	live.StorageOpts, live.Runtime = only(host.StorageOpt, in.StorageOpts), host.Runtime
	live.Mounts = mountSpecs(host.Mounts)
	live.Platform = c.Platform
	if live.Init = host.Init; live.Init == nil {
		live.Init = new(bool)
	}
	if live.StopTimeout = in.StopTimeout; config.StopTimeout != nil {
		seconds := int64(*config.StopTimeout)
		live.StopTimeout = &seconds
	}
	live.NetworkMode = networkModeLive(in, string(host.NetworkMode))
	if in.Capabilities != nil {
		live.Capabilities = &capabilities{
			Adds:  sameCapabilities(in.Capabilities.Adds, host.CapAdd),
			Drops: sameCapabilities(in.Capabilities.Drops, host.CapDrop),
		}
	}
	resourcesOf(&live, host)
	live.Ports, live.Volumes = portsLive(host), volumesLive(in.Volumes, host.Binds)
	live.NetworksAdvanced = networksLive(in.NetworksAdvanced, c)
	live.Hosts = []hostEntry{}
	for _, entry := range host.ExtraHosts {
		name, ip, _ := strings.Cut(entry, ":")
		live.Hosts = append(live.Hosts, hostEntry{Host: name, IP: ip})
	}
	return &live
}

func resourcesOf(live *containerInputs, host *container.HostConfig) {
	live.Memory, live.MemoryReservation = host.Memory/megabyte, host.MemoryReservation/megabyte
	live.MemorySwap = host.MemorySwap / megabyte
	if host.MemorySwap == -1 {
		live.MemorySwap = -1
	}
	live.CPUShares, live.CPUSet = host.CPUShares, host.CpusetCpus
	live.CPUPeriod, live.CPUQuota, live.CgroupParent = host.CPUPeriod, host.CPUQuota, host.CgroupParent
	live.ShmSize = host.ShmSize / megabyte
	if cpus, err := strconv.ParseFloat(live.CPUs, 64); err != nil || int64(cpus*1e9) != host.NanoCPUs {
		live.CPUs = ""
		if host.NanoCPUs != 0 {
			live.CPUs = strconv.FormatFloat(float64(host.NanoCPUs)/1e9, 'g', -1, 64)
		}
	}
	live.Ulimits = []ulimit{}
	for _, u := range host.Ulimits {
		live.Ulimits = append(live.Ulimits, ulimit{Name: u.Name, Hard: u.Hard, Soft: u.Soft})
	}
	live.Devices = []device{}
	for _, d := range host.Devices {
		live.Devices = append(live.Devices, device{
			HostPath: d.PathOnHost, ContainerPath: d.PathInContainer, Permissions: d.CgroupPermissions,
		})
	}
}

// envsLive are the variables that were given, as the container has them.
func envsLive(given, live []string) []string {
	has := pairs(live)
	envs := []string{}
	for name := range pairs(given) {
		if value, ok := has[name]; ok {
			envs = append(envs, name+"="+value)
		}
	}
	return envs
}

// only2 keeps of a list what was given: the engine adds options of its own.
func only2(live, given []string) []string {
	kept := []string{}
	for _, entry := range live {
		for _, wanted := range given {
			if entry == wanted {
				kept = append(kept, entry)
			}
		}
	}
	return kept
}

func networkModeLive(in *containerInputs, live string) string {
	given := in.NetworkMode
	// The engine keeps the id where the name of a container was given.
	joins := func(mode string) bool { return strings.HasPrefix(mode, "container:") }
	if bridged(given) && bridged(live) || joins(given) && joins(live) {
		return given
	}
	// An earlier version of this provider gave the first network for the mode.
	if bridged(given) && len(in.NetworksAdvanced) > 0 && live == in.NetworksAdvanced[0].Name {
		return given
	}
	return live
}

func portsLive(host *container.HostConfig) []containerPort {
	ports := []containerPort{}
	for key, bindings := range host.PortBindings {
		for _, binding := range bindings {
			external, _ := strconv.ParseInt(binding.HostPort, 10, 64)
			ip := binding.HostIP
			if ip == "" {
				ip = "0.0.0.0"
			}
			ports = append(ports, containerPort{
				Internal: int64(key.Int()), Protocol: key.Proto(), External: external, IP: ip,
			})
		}
	}
	sort.Slice(ports, func(i, j int) bool { return ports[i].Internal < ports[j].Internal })
	return ports
}

// volumesLive keeps the volumes that are there, and shows those nobody gave.
func volumesLive(given []containerVolume, binds []string) []containerVolume {
	there := map[string]bool{}
	for _, bind := range binds {
		there[bind] = true
	}
	volumes := []containerVolume{}
	for _, v := range given {
		if v.bind() == "" || there[v.bind()] {
			volumes = append(volumes, v)
			delete(there, v.bind())
		}
	}
	for bind := range there {
		parts := strings.SplitN(bind, ":", 3)
		v := containerVolume{HostPath: parts[0]}
		if len(parts) > 1 {
			v.ContainerPath = parts[1]
		}
		v.ReadOnly = len(parts) > 2 && strings.Contains(parts[2], "ro")
		volumes = append(volumes, v)
	}
	return volumes
}

// networksLive tells which of the given networks the container is in, and the
// others it was put in. A network may have been given by its name or its id.
func networksLive(given []containerNetwork, c *container.InspectResponse) []containerNetwork {
	networks := []containerNetwork{}
	if len(given) == 0 {
		return networks
	}
	for name, settings := range c.NetworkSettings.Networks {
		n := containerNetwork{Name: name}
		for _, g := range given {
			if g.Name == name || g.Name == settings.NetworkID {
				n = g
			}
		}
		if len(n.Aliases) > 0 {
			// The engine adds the container's id to them.
			n.Aliases = only2(settings.Aliases, n.Aliases)
		}
		if n.IPv4Address != "" && settings.IPAMConfig != nil {
			n.IPv4Address = settings.IPAMConfig.IPv4Address
		}
		networks = append(networks, n)
	}
	return networks
}

// networkData is what a container's output says of one of its networks.
type networkData struct {
	Gateway             string `docker:"gateway"`
	GlobalIPv6Address   string `docker:"globalIpv6Address"`
	GlobalIPv6PrefixLen int64  `docker:"globalIpv6PrefixLength"`
	IPAddress           string `docker:"ipAddress"`
	IPPrefixLength      int64  `docker:"ipPrefixLength"`
	IPv6Gateway         string `docker:"ipv6Gateway"`
	MacAddress          string `docker:"macAddress"`
	NetworkName         string `docker:"networkName"`
}

func containerOutputs(c *container.InspectResponse, logs string) outputs {
	data := []networkData{}
	for name, n := range c.NetworkSettings.Networks {
		data = append(data, networkData{
			Gateway: n.Gateway, GlobalIPv6Address: n.GlobalIPv6Address, GlobalIPv6PrefixLen: int64(n.GlobalIPv6PrefixLen),
			IPAddress: n.IPAddress, IPPrefixLength: int64(n.IPPrefixLen), IPv6Gateway: n.IPv6Gateway,
			MacAddress: n.MacAddress, NetworkName: name,
		})
	}
	sort.Slice(data, func(i, j int) bool { return data[i].NetworkName < data[j].NetworkName })
	out := outputs{"bridge": c.NetworkSettings.Bridge, "networkDatas": data, "hostname": c.Config.Hostname}
	if !c.State.Running {
		out["exitCode"], out["containerLogs"] = int64(c.State.ExitCode), logs
	}
	return out
}
