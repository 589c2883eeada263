package docker

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// providerConfig is the configuration of a docker.Provider.
type providerConfig struct {
	Host                     string         `docker:"host"`
	CaMaterial               string         `docker:"caMaterial"`
	CertMaterial             string         `docker:"certMaterial"`
	KeyMaterial              string         `docker:"keyMaterial"`
	CertPath                 string         `docker:"certPath"`
	RegistryAuth             []registryAuth `docker:"registryAuth"`
	DisableDockerDaemonCheck bool           `docker:"disableDockerDaemonCheck"`
	Context                  refused        `docker:"context"`
	SSHOpts                  refused        `docker:"sshOpts"`
}

type registryAuth struct {
	Address           string `docker:"address,required"`
	Username          string `docker:"username"`
	Password          string `docker:"password"`
	AuthDisabled      bool   `docker:"authDisabled"`
	ConfigFile        string `docker:"configFile"`
	ConfigFileContent string `docker:"configFileContent"`
}

// plainConfig undoes the JSON that SDKs wrap a provider's nested settings in.
func plainConfig(m property.Map) (property.Map, []p.CheckFailure) {
	var failures []p.CheckFailure
	t := reflect.TypeFor[providerConfig]()
	for key, value := range m.AllStable {
		if key == "version" || key == "pluginDownloadURL" || internal(key) {
			m = m.Delete(key)
			continue
		}
		f, ok := fieldNamed(t, key)
		if !ok || !value.IsString() || plain(f.typ).Kind() == reflect.String {
			continue
		}
		var decoded any
		if err := json.Unmarshal([]byte(value.AsString()), &decoded); err != nil {
			failures = append(failures, p.CheckFailure{Property: key, Reason: "is not JSON"})
			continue
		}
		if list, ok := decoded.([]any); decoded == nil || ok && len(list) == 0 && f.typ == refusedType {
			m = m.Delete(key)
			continue
		}
		m = m.Set(key, fromJSON(decoded).WithSecret(value.Secret()))
	}
	return m, failures
}

func fromJSON(v any) property.Value {
	switch v := v.(type) {
	case []any:
		values := make([]property.Value, len(v))
		for i, element := range v {
			values[i] = fromJSON(element)
		}
		return property.New(property.NewArray(values))
	case map[string]any:
		values := map[string]property.Value{}
		for key, element := range v {
			// The engine marks a secret inside of JSON with this wrapping.
			if inner, ok := v["value"]; ok && len(v) == 2 && key == "value" && isSecretMark(v) {
				return fromJSON(inner).WithSecret(true)
			}
			values[key] = fromJSON(element)
		}
		return property.New(property.NewMap(values))
	case string:
		return property.New(v)
	case float64:
		return property.New(v)
	case bool:
		return property.New(v)
	default:
		return property.Value{}
	}
}

func isSecretMark(v map[string]any) bool {
	_, ok := v["4dabf18193072939515e22adb298388d"]
	return ok
}

func readConfig(m property.Map) (providerConfig, []p.CheckFailure) {
	m, failures := plainConfig(m)
	config := providerConfig{}
	failures = append(failures, decode(m, &config)...)
	fail := func(name, reason string) {
		failures = append(failures, p.CheckFailure{Property: name, Reason: reason})
	}
	given := func(name string) bool { return !isEmpty(m.Get(name)) }
	material := []string{"caMaterial", "certMaterial", "keyMaterial"}
	for _, one := range material {
		for _, other := range material {
			if given(one) && !given(other) {
				fail(other, fmt.Sprintf("%q is missing: mutual TLS needs caMaterial, certMaterial and keyMaterial", other))
			}
		}
	}
	if scheme, _, ok := strings.Cut(config.Host, "://"); config.Host != "" &&
		(!ok || scheme != "unix" && scheme != "tcp" && scheme != "http" && scheme != "https") {
		fail("host", fmt.Sprintf("%q: the offline docker provider reaches engines at unix:// and tcp:// only", config.Host))
	}
	return config, failures
}

func (s *server) checkConfig(_ context.Context, req p.CheckRequest) (p.CheckResponse, error) {
	_, failures := readConfig(req.Inputs)
	return p.CheckResponse{Inputs: req.Inputs, Failures: failures}, nil
}

// diffConfig says which settings changed; none of them replaces a provider, and
// so none replaces what lives on its engine.
func (s *server) diffConfig(_ context.Context, req p.DiffRequest) (p.DiffResponse, error) {
	old := req.OldInputs
	if old.Len() == 0 {
		old = req.State
	}
	before, _ := plainConfig(old)
	after, _ := plainConfig(req.Inputs)
	changes := diffInputs(reflect.TypeFor[providerConfig](), before, after, false)
	return p.DiffResponse{HasChanges: len(changes) > 0, DetailedDiff: changes}, nil
}

func (s *server) configure(_ context.Context, req p.ConfigureRequest) error {
	config, failures := readConfig(req.Args)
	if len(failures) > 0 {
		return fmt.Errorf("docker provider: %s: %s", failures[0].Property, failures[0].Reason)
	}
	if config.CertPath != "" && config.CaMaterial == "" {
		for name, into := range map[string]*string{
			"ca.pem": &config.CaMaterial, "cert.pem": &config.CertMaterial, "key.pem": &config.KeyMaterial,
		} {
			content, err := os.ReadFile(filepath.Join(config.CertPath, name))
			if err != nil {
				return fmt.Errorf("docker provider: certPath: %w", err)
			}
			*into = string(content)
		}
	}
	s.link.config = config
	return nil
}
