package docker

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/blkiodev"
	"github.com/docker/docker/api/types/container"
	dockernetwork "github.com/docker/docker/api/types/network"
	"github.com/docker/go-connections/nat"
	"github.com/docker/go-units"
)

// megabyte is what the memory inputs of a Container count in.
const megabyte = 1024 * 1024

// containerConfig is what the engine is asked for, first part: what runs.
func containerConfig(in *containerInputs) *container.Config {
	config := &container.Config{
		Image: in.Image, Hostname: in.Hostname, Domainname: in.Domainname, User: in.User,
		Env: sorted(in.Envs), Cmd: in.Command, Entrypoint: in.Entrypoints, WorkingDir: in.WorkingDir,
		Labels: labelMap(in.Labels), StopSignal: in.StopSignal, Tty: in.TTY, OpenStdin: in.StdinOpen,
		ExposedPorts: nat.PortSet{}, Volumes: map[string]struct{}{},
	}
	if in.StopTimeout != nil {
		seconds := int(*in.StopTimeout)
		config.StopTimeout = &seconds
	}
	for _, port := range in.Ports {
		config.ExposedPorts[port.key()] = struct{}{}
	}
	for _, v := range in.Volumes {
		if v.FromContainer == "" && v.bind() == "" {
			config.Volumes[v.ContainerPath] = struct{}{}
		}
	}
	if h := in.Healthcheck; h != nil {
		config.Healthcheck = &container.HealthConfig{
			Test: h.Tests, Interval: duration(h.Interval), Timeout: duration(h.Timeout),
			StartPeriod: duration(h.StartPeriod), StartInterval: duration(h.StartInterval), Retries: int(h.Retries),
		}
	}
	return config
}

// hostConfig is the second part: how it runs on its machine.
func hostConfig(in *containerInputs) (*container.HostConfig, error) {
	resources, err := containerResources(in)
	if err != nil {
		return nil, err
	}
	config := &container.HostConfig{
		Resources: resources, RestartPolicy: restartPolicyFor(in), AutoRemove: in.Rm,
		NetworkMode: container.NetworkMode(in.NetworkMode), PortBindings: nat.PortMap{},
		LogConfig: container.LogConfig{Type: in.LogDriver, Config: in.LogOpts},
		DNS:       sorted(in.DNS), DNSOptions: sorted(in.DNSOpts), DNSSearch: sorted(in.DNSSearches),
		GroupAdd: sorted(in.GroupAdds), IpcMode: container.IpcMode(in.IPCMode), PidMode: container.PidMode(in.PIDMode),
		Privileged: in.Privileged, PublishAllPorts: in.PublishAllPorts, ReadonlyRootfs: in.ReadOnly,
		SecurityOpt: sorted(in.SecurityOpts), StorageOpt: in.StorageOpts, Tmpfs: in.Tmpfs,
		UsernsMode: container.UsernsMode(in.UsernsMode), CgroupnsMode: container.CgroupnsMode(in.CgroupnsMode),
		ShmSize: in.ShmSize * megabyte, Sysctls: in.Sysctls, Runtime: in.Runtime, Init: in.Init,
		Mounts: mountsFor(in.Mounts),
	}
	if c := in.Capabilities; c != nil {
		config.CapAdd, config.CapDrop = sorted(c.Adds), sorted(c.Drops)
	}
	for _, h := range in.Hosts {
		config.ExtraHosts = append(config.ExtraHosts, h.Host+":"+h.IP)
	}
	for _, port := range in.Ports {
		// As the official plugin: without an address, a port is published for IPv4 alone.
		binding := nat.PortBinding{HostIP: port.IP}
		if port.IP == "" {
			binding.HostIP = "0.0.0.0"
		}
		if port.External != 0 {
			binding.HostPort = strconv.FormatInt(port.External, 10)
		}
		config.PortBindings[port.key()] = append(config.PortBindings[port.key()], binding)
	}
	for _, v := range in.Volumes {
		if v.FromContainer != "" {
			config.VolumesFrom = append(config.VolumesFrom, v.FromContainer)
		} else if bind := v.bind(); bind != "" {
			config.Binds = append(config.Binds, bind)
		}
	}
	return config, nil
}

func bridged(mode string) bool { return mode == "" || mode == "bridge" || mode == "default" }

func (port containerPort) key() nat.Port {
	protocol := port.Protocol
	if protocol == "" {
		protocol = "tcp"
	}
	return nat.Port(fmt.Sprintf("%d/%s", port.Internal, protocol))
}

// bind is a volume as the engine takes it; "" for one without a source.
func (v containerVolume) bind() string {
	source := v.HostPath
	if v.VolumeName != "" {
		source = v.VolumeName
	}
	if source == "" {
		return ""
	}
	var options []string
	if v.ReadOnly {
		options = append(options, "ro")
	}
	if v.SELinuxRelabel != "" {
		options = append(options, v.SELinuxRelabel)
	}
	bind := source + ":" + v.ContainerPath
	if len(options) > 0 {
		bind += ":" + strings.Join(options, ",")
	}
	return bind
}

func restartPolicyFor(in *containerInputs) container.RestartPolicy {
	name := container.RestartPolicyMode(in.Restart)
	if name == "" {
		name = container.RestartPolicyDisabled
	}
	return container.RestartPolicy{Name: name, MaximumRetryCount: int(in.MaxRetryCount)}
}

func containerResources(in *containerInputs) (container.Resources, error) {
	r := container.Resources{
		CPUShares: in.CPUShares, CpusetCpus: in.CPUSet, CPUPeriod: in.CPUPeriod, CPUQuota: in.CPUQuota,
		Memory: in.Memory * megabyte, MemoryReservation: in.MemoryReservation * megabyte,
		MemorySwap: in.MemorySwap * megabyte, CgroupParent: in.CgroupParent,
		DeviceCgroupRules:  sorted(in.DeviceCgroupRules),
		BlkioDeviceReadBps: rates(in.DeviceReadBps), BlkioDeviceReadIOps: rates(in.DeviceReadIops),
		BlkioDeviceWriteBps: rates(in.DeviceWriteBps), BlkioDeviceWriteIOps: rates(in.DeviceWriteIops),
	}
	if in.MemorySwap == -1 {
		r.MemorySwap = -1
	}
	if in.CPUs != "" {
		cpus, err := strconv.ParseFloat(in.CPUs, 64)
		if err != nil {
			return r, fmt.Errorf("cpus: %q is not a number", in.CPUs)
		}
		r.NanoCPUs = int64(cpus * 1e9)
	}
	for _, d := range in.Devices {
		mapping := container.DeviceMapping{
			PathOnHost: d.HostPath, PathInContainer: d.ContainerPath, CgroupPermissions: d.Permissions,
		}
		if mapping.PathInContainer == "" {
			mapping.PathInContainer = d.HostPath
		}
		if mapping.CgroupPermissions == "" {
			mapping.CgroupPermissions = "rwm"
		}
		r.Devices = append(r.Devices, mapping)
	}
	for _, d := range in.DeviceRequests {
		request := container.DeviceRequest{Driver: d.Driver, DeviceIDs: d.DeviceIDs, Options: d.Options}
		if len(d.Capabilities) > 0 {
			request.Capabilities = [][]string{d.Capabilities}
		}
		if d.Count != nil {
			request.Count = int(*d.Count)
		}
		r.DeviceRequests = append(r.DeviceRequests, request)
	}
	if in.GPUs == "all" {
		r.DeviceRequests = append(r.DeviceRequests,
			container.DeviceRequest{Count: -1, Capabilities: [][]string{{"gpu"}}})
	}
	for _, u := range in.Ulimits {
		r.Ulimits = append(r.Ulimits, &units.Ulimit{Name: u.Name, Hard: u.Hard, Soft: u.Soft})
	}
	return r, nil
}

func rates(list []deviceRate) []*blkiodev.ThrottleDevice {
	var devices []*blkiodev.ThrottleDevice
	for _, d := range list {
		devices = append(devices, &blkiodev.ThrottleDevice{Path: d.Path, Rate: uint64(d.Rate)})
	}
	return devices
}

// endpoint is how a container joins a network.
func (n containerNetwork) endpoint() *dockernetwork.EndpointSettings {
	settings := &dockernetwork.EndpointSettings{
		Aliases: sorted(n.Aliases), MacAddress: n.MacAddress, GwPriority: int(n.GwPriority),
	}
	if len(n.DriverOpts) > 0 {
		settings.DriverOpts = pairs(n.DriverOpts)
	}
	if n.IPv4Address != "" || n.IPv6Address != "" || len(n.LinkLocalIPs) > 0 {
		settings.IPAMConfig = &dockernetwork.EndpointIPAMConfig{
			IPv4Address: n.IPv4Address, IPv6Address: n.IPv6Address, LinkLocalIPs: sorted(n.LinkLocalIPs),
		}
	}
	return settings
}
