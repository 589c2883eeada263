package docker

type serviceInputs struct {
	Name           string          `docker:"name,replace"`
	Auth           *serviceAuth    `docker:"auth,replace"`
	ConvergeConfig *convergeConfig `docker:"convergeConfig"`
	EndpointSpec   *endpointSpec   `docker:"endpointSpec"`
	Labels         []label         `docker:"labels,set"`
	Mode           *serviceMode    `docker:"mode"`
	RollbackConfig *updateConfig   `docker:"rollbackConfig"`
	TaskSpec       taskSpec        `docker:"taskSpec,required"`
	UpdateConfig   *updateConfig   `docker:"updateConfig"`
}

type serviceAuth struct {
	Password      string `docker:"password,secret"`
	ServerAddress string `docker:"serverAddress,required"`
	Username      string `docker:"username"`
}

type convergeConfig struct {
	Delay   string `docker:"delay,duration,default=7s"`
	Timeout string `docker:"timeout,duration,default=3m"`
}

type endpointSpec struct {
	Mode  string         `docker:"mode"`
	Ports []endpointPort `docker:"ports"`
}

type endpointPort struct {
	Name          string `docker:"name"`
	Protocol      string `docker:"protocol,default=tcp"`
	PublishMode   string `docker:"publishMode,default=ingress"`
	PublishedPort int64  `docker:"publishedPort"`
	TargetPort    int64  `docker:"targetPort,required"`
}

// serviceMode is replicated unless it is global. The number of replicas is
// changed in place; from one mode to the other there is no way but a new service.
type serviceMode struct {
	Global     bool            `docker:"global,replace"`
	Replicated *replicatedMode `docker:"replicated"`
}

type replicatedMode struct {
	Replicas *int64 `docker:"replicas,default=1"`
}

type updateConfig struct {
	Delay           string `docker:"delay,duration,default=0s"`
	FailureAction   string `docker:"failureAction,default=pause"`
	MaxFailureRatio string `docker:"maxFailureRatio,default=0.0"`
	Monitor         string `docker:"monitor,duration,default=5s"`
	Order           string `docker:"order,default=stop-first"`
	Parallelism     *int64 `docker:"parallelism,default=1"`
}

type taskSpec struct {
	ContainerSpec     containerSpec       `docker:"containerSpec,required"`
	ForceUpdate       int64               `docker:"forceUpdate"`
	LogDriver         *logDriver          `docker:"logDriver"`
	NetworksAdvanceds []networkAttachment `docker:"networksAdvanceds,set,replace"`
	Placement         *placement          `docker:"placement"`
	Resources         *resourcesSpec      `docker:"resources"`
	RestartPolicy     *restartPolicy      `docker:"restartPolicy"`
	Runtime           string              `docker:"runtime"`
}

type containerSpec struct {
	Args            []string          `docker:"args"`
	CapAdds         []string          `docker:"capAdds"`
	CapDrops        []string          `docker:"capDrops"`
	Commands        []string          `docker:"commands"`
	Configs         []configReference `docker:"configs,set"`
	Dir             string            `docker:"dir"`
	DNSConfig       *dnsConfig        `docker:"dnsConfig"`
	Env             map[string]string `docker:"env"`
	Groups          []string          `docker:"groups"`
	Healthcheck     *serviceHealth    `docker:"healthcheck"`
	Hostname        string            `docker:"hostname"`
	Hosts           []hostEntry       `docker:"hosts,set,replace"`
	Image           string            `docker:"image,required,image"`
	Init            *bool             `docker:"init"`
	Isolation       string            `docker:"isolation,default=default"`
	Labels          []label           `docker:"labels,set,replace"`
	Mounts          []mountSpec       `docker:"mounts,set"`
	Privileges      *privileges       `docker:"privileges"`
	ReadOnly        bool              `docker:"readOnly"`
	Secrets         []secretReference `docker:"secrets,set"`
	StopGracePeriod string            `docker:"stopGracePeriod,duration"`
	StopSignal      string            `docker:"stopSignal"`
	Sysctl          map[string]string `docker:"sysctl,replace"`
	User            string            `docker:"user"`
}

type configReference struct {
	ConfigID   string `docker:"configId,required"`
	ConfigName string `docker:"configName"`
	FileGID    string `docker:"fileGid,default=0"`
	FileMode   *int64 `docker:"fileMode,default=0o444"`
	FileName   string `docker:"fileName,required"`
	FileUID    string `docker:"fileUid,default=0"`
}

type secretReference struct {
	FileGID    string `docker:"fileGid,default=0"`
	FileMode   *int64 `docker:"fileMode,default=0o444"`
	FileName   string `docker:"fileName,required"`
	FileUID    string `docker:"fileUid,default=0"`
	SecretID   string `docker:"secretId,required"`
	SecretName string `docker:"secretName"`
}

type dnsConfig struct {
	Nameservers []string `docker:"nameservers,required"`
	Options     []string `docker:"options"`
	Searches    []string `docker:"searches"`
}

type serviceHealth struct {
	Interval    string   `docker:"interval,duration,default=0s"`
	Retries     int64    `docker:"retries"`
	StartPeriod string   `docker:"startPeriod,duration,default=0s"`
	Tests       []string `docker:"tests"`
	Timeout     string   `docker:"timeout,duration,default=0s"`
}

type hostEntry struct {
	Host string `docker:"host,required"`
	IP   string `docker:"ip,required"`
}

type privileges struct {
	CredentialSpec refused         `docker:"credentialSpec"`
	SELinuxContext *seLinuxContext `docker:"seLinuxContext"`
}

type seLinuxContext struct {
	Disable bool   `docker:"disable"`
	Level   string `docker:"level"`
	Role    string `docker:"role"`
	Type    string `docker:"type"`
	User    string `docker:"user"`
}

type logDriver struct {
	Name    string            `docker:"name,required"`
	Options map[string]string `docker:"options"`
}

type networkAttachment struct {
	Aliases    []string `docker:"aliases,set"`
	DriverOpts []string `docker:"driverOpts,set"`
	ID         string   `docker:"id"`
	Name       string   `docker:"name"`
}

type placement struct {
	Constraints []string   `docker:"constraints,set"`
	MaxReplicas int64      `docker:"maxReplicas"`
	Platforms   []platform `docker:"platforms,set"`
	Prefs       []string   `docker:"prefs,set"`
}

type platform struct {
	Architecture string `docker:"architecture,required"`
	OS           string `docker:"os,required"`
}

type resourcesSpec struct {
	Limits      *limits      `docker:"limits"`
	Reservation *reservation `docker:"reservation"`
}

type limits struct {
	MemoryBytes int64 `docker:"memoryBytes"`
	NanoCPUs    int64 `docker:"nanoCpus"`
}

type reservation struct {
	GenericResources *genericResources `docker:"genericResources"`
	MemoryBytes      int64             `docker:"memoryBytes"`
	NanoCPUs         int64             `docker:"nanoCpus"`
}

type genericResources struct {
	DiscreteResourcesSpecs []string `docker:"discreteResourcesSpecs,set"`
	NamedResourcesSpecs    []string `docker:"namedResourcesSpecs,set"`
}

type restartPolicy struct {
	Condition   string `docker:"condition"`
	Delay       string `docker:"delay,duration"`
	MaxAttempts *int64 `docker:"maxAttempts"`
	Window      string `docker:"window,duration"`
}
