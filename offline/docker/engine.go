package docker

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/docker/docker/client"
)

// pingTimeout is how long an engine may take to answer for the first time.
const pingTimeout = 60 * time.Second

// engine is a Docker engine that has answered.
type engine struct {
	*client.Client
	config providerConfig
	host   string
}

// link connects to the engine when it is first needed, once.
type link struct {
	config providerConfig
	mutex  sync.Mutex
	engine *engine
}

func (s *server) connect(ctx context.Context) (*engine, error) {
	s.link.mutex.Lock()
	defer s.link.mutex.Unlock()
	if s.link.engine != nil {
		return s.link.engine, nil
	}
	options, err := clientOptions(s.link.config)
	if err != nil {
		return nil, err
	}
	c, err := client.NewClientWithOpts(options...)
	if err != nil {
		return nil, fmt.Errorf("docker provider: %w", err)
	}
	e := &engine{Client: c, config: s.link.config, host: c.DaemonHost()}
	if !s.link.config.DisableDockerDaemonCheck {
		ctx, cancel := context.WithTimeout(ctx, pingTimeout)
		defer cancel()
		if _, err := c.Ping(ctx); err != nil {
			return nil, fmt.Errorf("the Docker engine at %s does not answer: %w", e.host, err)
		}
	}
	s.link.engine = e
	return e, nil
}

func clientOptions(config providerConfig) ([]client.Opt, error) {
	options := []client.Opt{client.WithAPIVersionNegotiation()}
	switch {
	case config.CaMaterial != "":
		// Material that is given wins over DOCKER_TLS_VERIFY and DOCKER_CERT_PATH
		// of whoever's shell this runs in.
		transport, err := mutualTLS(config)
		if err != nil {
			return nil, err
		}
		options = append(options, client.WithHTTPClient(&http.Client{Transport: transport}))
	case config.Host == "":
		return append([]client.Opt{client.FromEnv}, options...), nil
	}
	host := config.Host
	if host == "" {
		host = os.Getenv(client.EnvOverrideHost)
	}
	if host == "" {
		host = client.DefaultDockerHost
	}
	return append(options, client.WithHost(host)), nil
}

func mutualTLS(config providerConfig) (*http.Transport, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(config.CaMaterial)) {
		return nil, errors.New("docker provider: caMaterial holds no certificate")
	}
	pair, err := tls.X509KeyPair([]byte(config.CertMaterial), []byte(config.KeyMaterial))
	if err != nil {
		return nil, fmt.Errorf("docker provider: certMaterial and keyMaterial: %w", err)
	}
	return &http.Transport{TLSClientConfig: &tls.Config{
		RootCAs: pool, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12,
	}}, nil
}

// explain says which engine it was that stopped answering.
func (e *engine) explain(err error) error {
	if err != nil && client.IsErrConnectionFailed(err) {
		return fmt.Errorf("the Docker engine at %s no longer answers: %w", e.host, err)
	}
	return err
}

// retry calls do until it succeeds, fails for good, or the time is over. Docker
// lets go of networks, volumes, secrets and ports a moment after their last
// user is gone, and tells nobody when.
func retry(ctx context.Context, limit time.Duration, passing func(error) bool, do func() error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		err := do()
		if err == nil || !passing(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}
