package docker

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// authority signs certificates for a test.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  string
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t}
	template := certificate("authority")
	template.IsCA, template.BasicConstraintsValid = true, true
	a.key = newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.pem = encodePEM("CERTIFICATE", der)
	return a
}

func certificate(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func encodePEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// sign gives a certificate and its key.
func (a *authority) sign(name string) (string, string) {
	key := newKey(a.t)
	der, err := x509.CreateCertificate(rand.Reader, certificate(name), a.cert, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	return encodePEM("CERTIFICATE", der), encodePEM("EC PRIVATE KEY", keyDER)
}

// guarded is the local engine behind mutual TLS; its address.
func guarded(t *testing.T, a *authority) string {
	t.Helper()
	newBench(t)
	cert, key := a.sign("engine")
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = "http", "engine" },
		Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", "/var/run/docker.sock")
		}},
	}
	server := httptest.NewUnstartedServer(proxy)
	server.TLS = &tls.Config{
		Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool,
		MinVersion: tls.VersionTLS12,
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	return "tcp://" + server.Listener.Addr().String()
}

// TestMutualTLS: with the material it works, whatever the shell says; without,
// with a stranger's, or to a stranger, it does not, and the error names the host.
func TestMutualTLS(t *testing.T) {
	a, stranger := newAuthority(t), newAuthority(t)
	host := guarded(t, a)
	cert, key := a.sign("client")
	t.Setenv("DOCKER_CERT_PATH", "/nowhere")
	t.Setenv("DOCKER_TLS_VERIFY", "1")
	mine := props{"host": host, "caMaterial": a.pem, "certMaterial": cert, "keyMaterial": key}
	b := &bench{t: t, provider: reconnected(t, mine)}
	o := b.object("Volume", "t-prov-tls").create(props{})
	o.steady(props{})
	o.delete()

	otherCert, otherKey := stranger.sign("client")
	for what, config := range map[string]props{
		"a client from elsewhere":  with(mine, props{"certMaterial": otherCert, "keyMaterial": otherKey}),
		"an engine from elsewhere": with(mine, props{"caMaterial": stranger.pem}),
	} {
		b := &bench{t: t, provider: reconnected(t, config)}
		err := b.object("Volume", "t-prov-tls").tryCreate(props{})
		if err == nil {
			t.Errorf("%s is let in", what)
		} else if !strings.Contains(err.Error(), host) {
			t.Errorf("%s: the error does not name the host: %v", what, err)
		}
	}
}

func TestEngineThatDoesNotAnswer(t *testing.T) {
	b := &bench{t: t, provider: reconnected(t, props{"host": "unix:///nowhere/docker.sock"})}
	wantError(t, b.object("Volume", "v").tryCreate(props{}), "unix:///nowhere/docker.sock", "does not answer")
}

func TestProviderConfiguration(t *testing.T) {
	check := func(config props) []p.CheckFailure {
		r, err := New().CheckConfig(context.Background(), p.CheckRequest{
			Urn: urn.New("test", "t-prov", "", "pulumi:providers:docker", "engine"), Inputs: values(config),
		})
		if err != nil {
			t.Fatal(err)
		}
		return r.Failures
	}
	for _, c := range []struct {
		config props
		at     string
	}{
		{props{"host": "ssh://root@machine"}, "host"},
		{props{"host": "machine:2376"}, "host"},
		{props{"sshOpts": `["-p","22"]`}, "sshOpts"},
		{props{"context": "other"}, "context"},
		{props{"nonsense": "x"}, "nonsense"},
		{props{"caMaterial": "x", "certMaterial": "y"}, "keyMaterial"},
		{props{"registryAuth": `[{"username":"x"}]`}, "registryAuth[0].address"},
	} {
		failures := check(c.config)
		if len(failures) == 0 || failures[0].Property != c.at {
			t.Errorf("%v: wanted a failure at %q, got %v", c.config, c.at, failures)
		}
	}
	for _, config := range []props{
		{}, {"host": "unix:///var/run/docker.sock"}, {"host": unknown}, {"sshOpts": "[]"}, {"version": "5.2.0"},
		{"host": "tcp://10.0.0.1:2376", "caMaterial": unknown, "certMaterial": unknown, "keyMaterial": unknown},
		{"disableDockerDaemonCheck": "true"},
	} {
		if failures := check(config); len(failures) > 0 {
			t.Errorf("%v: %v", config, failures)
		}
	}
}

// TestPreviewsWithUnknowns: nothing is asked of an engine, known things are
// known and the others unknown.
func TestPreviewsWithUnknowns(t *testing.T) {
	b := &bench{t: t, provider: reconnected(t, props{"host": "unix:///nowhere/docker.sock"})}
	for kind, in := range map[string]props{
		"Network":       {"name": unknown, "driver": "overlay", "ipamConfigs": []any{props{"subnet": unknown}}},
		"Volume":        {"driver": unknown},
		"Secret":        {"data": unknown},
		"ServiceConfig": {"data": unknown, "labels": []any{props{"label": "a", "value": unknown}}},
		"RemoteImage":   {"name": unknown},
		"Image":         {"imageName": unknown, "skipPush": true, "build": props{"context": unknown}},
		"Container":     {"image": unknown, "wait": true, "healthcheck": unknown, "networksAdvanced": []any{props{"name": unknown}}},
		"Service": {"taskSpec": props{
			"containerSpec":     props{"image": unknown, "secrets": []any{props{"secretId": unknown, "fileName": "a"}}, "stopGracePeriod": unknown},
			"networksAdvanceds": []any{props{"id": unknown}},
		}},
	} {
		o := b.object(kind, "thing")
		state := o.preview(in)
		for name, v := range in {
			if given, ok := v.(property.Value); ok && given.IsComputed() && !state.Get(name).IsComputed() {
				t.Errorf("%s: %s is known in the preview", kind, name)
			}
		}
		for _, name := range resources[string(o.urn.Type())].traits().computed {
			if state.Get(name).IsNull() {
				t.Errorf("%s: the preview says nothing of %s", kind, name)
			}
		}
		if kind != "RemoteImage" && kind != "Image" && kind != "Network" && !strings.HasPrefix(state.Get("name").AsString(), "thing-") {
			t.Errorf("%s: its name is not known in the preview", kind)
		}
	}
	// An update that waits for something unknown is a change, and keeps the rest.
	o := b.object("Service", "thing")
	o.inputs = o.check(props{"taskSpec": taskWith(nil, nil)})
	d := o.diff(props{"taskSpec": taskWith(props{"image": unknown}, nil)})
	if d.DetailedDiff["taskSpec.containerSpec.image"].Kind != p.Update {
		t.Errorf("an unknown image: %v", d.DetailedDiff)
	}
	img := b.object("Image", "img")
	r, err := b.provider.Update(context.Background(), p.UpdateRequest{
		Urn: img.urn, DryRun: true, State: values(props{"imageName": "a", "repoDigest": "sha256:old", "platform": "linux/amd64"}),
		Inputs: values(props{"imageName": "b"}),
	})
	if err != nil || !r.Properties.Get("repoDigest").IsComputed() || r.Properties.Get("platform").IsNull() {
		t.Errorf("the preview of an image's update: %v, %v", r.Properties, err)
	}
}
