package docker

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/registry"
)

// authFor is what the provider's registryAuth says of the registry of an image,
// in the form that the engine's API wants; "" where it says nothing.
func (e *engine) authFor(image string) (string, error) {
	named, err := reference.ParseNormalizedNamed(image)
	if err != nil {
		// An image id has no registry.
		return "", nil
	}
	config, err := e.authConfig(reference.Domain(named))
	if err != nil || config.Username == "" && config.Auth == "" {
		return "", err
	}
	return registry.EncodeAuthConfig(config)
}

func encodeAuth(server, username, password string) (string, error) {
	return registry.EncodeAuthConfig(registry.AuthConfig{
		ServerAddress: server, Username: username, Password: password,
	})
}

func (e *engine) authConfig(domain string) (registry.AuthConfig, error) {
	for _, auth := range e.config.RegistryAuth {
		if registryHost(auth.Address) != registryHost(domain) || auth.AuthDisabled {
			continue
		}
		if auth.Username != "" {
			return registry.AuthConfig{
				ServerAddress: auth.Address, Username: auth.Username, Password: auth.Password,
			}, nil
		}
		return authFromFile(auth, domain)
	}
	return registry.AuthConfig{}, nil
}

// registryHost makes "https://index.docker.io/v1/" and "docker.io" the same.
func registryHost(address string) string {
	if _, after, ok := strings.Cut(address, "://"); ok {
		address = after
	}
	host, _, _ := strings.Cut(address, "/")
	if host == "index.docker.io" || host == "registry-1.docker.io" {
		return "docker.io"
	}
	return host
}

// authFromFile reads one registry's entry of a Docker client's configuration.
func authFromFile(auth registryAuth, domain string) (registry.AuthConfig, error) {
	content := []byte(auth.ConfigFileContent)
	if len(content) == 0 && auth.ConfigFile != "" {
		var err error
		if content, err = os.ReadFile(auth.ConfigFile); err != nil {
			return registry.AuthConfig{}, fmt.Errorf("registryAuth of %s: %w", auth.Address, err)
		}
	}
	if len(content) == 0 {
		return registry.AuthConfig{}, nil
	}
	var file struct {
		Auths map[string]registry.AuthConfig `json:"auths"`
	}
	if err := json.Unmarshal(content, &file); err != nil {
		return registry.AuthConfig{}, fmt.Errorf("registryAuth of %s: the configuration is not JSON", auth.Address)
	}
	for address, entry := range file.Auths {
		if registryHost(address) != registryHost(domain) {
			continue
		}
		entry.ServerAddress = auth.Address
		if plain, err := base64.StdEncoding.DecodeString(entry.Auth); err == nil && entry.Username == "" {
			entry.Username, entry.Password, _ = strings.Cut(string(plain), ":")
			entry.Auth = ""
		}
		return entry, nil
	}
	return registry.AuthConfig{}, fmt.Errorf("registryAuth of %s: no entry under \"auths\" (credential helpers "+
		"are not carried out by the offline docker provider)", auth.Address)
}
