package docker

// containerInputs are those of a Container. replace is as in the official
// provider, with one step further: healthcheck, init and tmpfs, whose changes it
// takes for updates and then does not make, replace here, so that a change is
// never reported done and left undone.
type containerInputs struct {
	Attach                                  bool               `docker:"attach"`
	Capabilities                            *capabilities      `docker:"capabilities,replace"`
	CgroupParent                            string             `docker:"cgroupParent,replace"`
	CgroupnsMode                            string             `docker:"cgroupnsMode,replace"`
	Command                                 []string           `docker:"command,replace"`
	ContainerReadRefreshTimeoutMilliseconds *int64             `docker:"containerReadRefreshTimeoutMilliseconds,default=15000"`
	CPUPeriod                               int64              `docker:"cpuPeriod"`
	CPUQuota                                int64              `docker:"cpuQuota"`
	CPUSet                                  string             `docker:"cpuSet"`
	CPUShares                               int64              `docker:"cpuShares"`
	CPUs                                    string             `docker:"cpus,replace"`
	DestroyGraceSeconds                     int64              `docker:"destroyGraceSeconds"`
	DeviceCgroupRules                       []string           `docker:"deviceCgroupRules,set,replace"`
	DeviceReadBps                           []deviceRate       `docker:"deviceReadBps,set,replace"`
	DeviceReadIops                          []deviceRate       `docker:"deviceReadIops,set,replace"`
	DeviceRequests                          []deviceRequest    `docker:"deviceRequests,set,replace"`
	DeviceWriteBps                          []deviceRate       `docker:"deviceWriteBps,set,replace"`
	DeviceWriteIops                         []deviceRate       `docker:"deviceWriteIops,set,replace"`
	Devices                                 []device           `docker:"devices,set,replace"`
	DNS                                     []string           `docker:"dns,set,replace"`
	DNSOpts                                 []string           `docker:"dnsOpts,set,replace"`
	DNSSearches                             []string           `docker:"dnsSearches,set,replace"`
	Domainname                              string             `docker:"domainname,replace"`
	Entrypoints                             []string           `docker:"entrypoints,replace"`
	Envs                                    []string           `docker:"envs,set,replace"`
	GPUs                                    string             `docker:"gpus,replace"`
	GroupAdds                               []string           `docker:"groupAdds,set,replace"`
	Healthcheck                             *containerHealth   `docker:"healthcheck,replace"`
	Hostname                                string             `docker:"hostname,replace"`
	Hosts                                   []hostEntry        `docker:"hosts,set,replace"`
	Image                                   string             `docker:"image,required,image,replace"`
	Init                                    *bool              `docker:"init,replace"`
	IPCMode                                 string             `docker:"ipcMode,replace"`
	Labels                                  []label            `docker:"labels,set,replace"`
	LogDriver                               string             `docker:"logDriver,replace"`
	LogOpts                                 map[string]string  `docker:"logOpts,replace"`
	Logs                                    bool               `docker:"logs"`
	MaxRetryCount                           int64              `docker:"maxRetryCount"`
	Memory                                  int64              `docker:"memory"`
	MemoryReservation                       int64              `docker:"memoryReservation"`
	MemorySwap                              int64              `docker:"memorySwap"`
	Mounts                                  []mountSpec        `docker:"mounts,set,replace"`
	MustRun                                 *bool              `docker:"mustRun,default=true"`
	Name                                    string             `docker:"name,replace"`
	NetworkMode                             string             `docker:"networkMode,replace,default=bridge"`
	NetworksAdvanced                        []containerNetwork `docker:"networksAdvanced,set,replace"`
	PIDMode                                 string             `docker:"pidMode,replace"`
	Platform                                string             `docker:"platform,replace"`
	Ports                                   []containerPort    `docker:"ports,set,replace"`
	Privileged                              bool               `docker:"privileged,replace"`
	PublishAllPorts                         bool               `docker:"publishAllPorts,replace"`
	ReadOnly                                bool               `docker:"readOnly,replace"`
	RemoveVolumes                           *bool              `docker:"removeVolumes,default=true"`
	Restart                                 string             `docker:"restart,default=no"`
	Rm                                      bool               `docker:"rm"`
	Runtime                                 string             `docker:"runtime,replace"`
	SecurityOpts                            []string           `docker:"securityOpts,set,replace"`
	ShmSize                                 int64              `docker:"shmSize,replace"`
	Start                                   *bool              `docker:"start,default=true"`
	StdinOpen                               bool               `docker:"stdinOpen,replace"`
	StopSignal                              string             `docker:"stopSignal,replace"`
	StopTimeout                             *int64             `docker:"stopTimeout,replace"`
	StorageOpts                             map[string]string  `docker:"storageOpts,replace"`
	Sysctls                                 map[string]string  `docker:"sysctls,replace"`
	Tmpfs                                   map[string]string  `docker:"tmpfs,replace"`
	TTY                                     bool               `docker:"tty,replace"`
	Ulimits                                 []ulimit           `docker:"ulimits,set,replace"`
	Uploads                                 []upload           `docker:"uploads,set,replace"`
	User                                    string             `docker:"user,replace"`
	UsernsMode                              string             `docker:"usernsMode,replace"`
	Volumes                                 []containerVolume  `docker:"volumes,set,replace"`
	Wait                                    bool               `docker:"wait"`
	WaitTimeout                             *int64             `docker:"waitTimeout,default=60"`
	WorkingDir                              string             `docker:"workingDir,replace"`
}

type capabilities struct {
	Adds  []string `docker:"adds,set"`
	Drops []string `docker:"drops,set"`
}

type deviceRate struct {
	Path string `docker:"path,required"`
	Rate int64  `docker:"rate,required"`
}

type deviceRequest struct {
	Capabilities []string          `docker:"capabilities,set"`
	Count        *int64            `docker:"count"`
	DeviceIDs    []string          `docker:"deviceIds,set"`
	Driver       string            `docker:"driver,default=cdi"`
	Options      map[string]string `docker:"options"`
}

type device struct {
	ContainerPath string `docker:"containerPath"`
	HostPath      string `docker:"hostPath,required"`
	Permissions   string `docker:"permissions,default=rwm"`
}

type containerHealth struct {
	Interval      string   `docker:"interval,duration,default=0s"`
	Retries       int64    `docker:"retries"`
	StartInterval string   `docker:"startInterval,duration,default=0s"`
	StartPeriod   string   `docker:"startPeriod,duration,default=0s"`
	Tests         []string `docker:"tests"`
	Timeout       string   `docker:"timeout,duration,default=0s"`
}

type containerNetwork struct {
	Aliases      []string `docker:"aliases,set"`
	DriverOpts   []string `docker:"driverOpts,set"`
	GwPriority   int64    `docker:"gwPriority"`
	IPv4Address  string   `docker:"ipv4Address"`
	IPv6Address  string   `docker:"ipv6Address"`
	LinkLocalIPs []string `docker:"linkLocalIps,set"`
	MacAddress   string   `docker:"macAddress"`
	Name         string   `docker:"name,required"`
}

type containerPort struct {
	External int64  `docker:"external"`
	Internal int64  `docker:"internal,required"`
	IP       string `docker:"ip,default=0.0.0.0"`
	Protocol string `docker:"protocol,default=tcp"`
}

type ulimit struct {
	Hard int64  `docker:"hard,required"`
	Name string `docker:"name,required"`
	Soft int64  `docker:"soft,required"`
}

type upload struct {
	Content       string `docker:"content"`
	ContentBase64 string `docker:"contentBase64"`
	Executable    bool   `docker:"executable"`
	File          string `docker:"file,required"`
	Group         string `docker:"group"`
	Owner         string `docker:"owner"`
	Permissions   string `docker:"permissions"`
	Source        string `docker:"source"`
	SourceHash    string `docker:"sourceHash"`
}

type containerVolume struct {
	ContainerPath  string `docker:"containerPath"`
	FromContainer  string `docker:"fromContainer"`
	HostPath       string `docker:"hostPath"`
	ReadOnly       bool   `docker:"readOnly"`
	SELinuxRelabel string `docker:"selinuxRelabel"`
	VolumeName     string `docker:"volumeName"`
}
