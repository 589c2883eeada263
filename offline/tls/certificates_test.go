package tls_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"

	"semesterhub/offline/internal/kittest"
	"semesterhub/offline/tls"
)

// authority makes a key and a CA certificate with it.
func authority(t *testing.T, more map[string]any) (key, certificate *kittest.Resource) {
	t.Helper()
	key = newKey(t, map[string]any{"algorithm": "ECDSA", "ecdsaCurve": "P256"})
	inputs := map[string]any{
		"privateKeyPem":       key.Text("privateKeyPem"),
		"isCaCertificate":     true,
		"validityPeriodHours": 100,
		"allowedUses":         []any{"cert_signing", "crl_signing"},
		"subject":             map[string]any{"commonName": "test CA", "organization": "Course"},
	}
	maps.Copy(inputs, more)
	return key, thing(t, "SelfSignedCert").MustCreate(inputs)
}

func request(t *testing.T, algorithm map[string]any) *kittest.Resource {
	t.Helper()
	key := newKey(t, algorithm)
	return thing(t, "CertRequest").MustCreate(map[string]any{
		"privateKeyPem": key.Text("privateKeyPem"),
		"subject": map[string]any{"commonName": "hub", "country": "NL", "province": "ZH",
			"locality": "Delft", "organization": "TU", "organizationalUnit": "DS", "postalCode": "2628",
			"serialNumber": "7", "streetAddresses": []any{"Mekelweg 5"}, "emailAddress": "a@b.c"},
		"dnsNames": []any{"localhost", "hub.example.org"}, "ipAddresses": []any{"127.0.0.1", "::1"},
		"uris": []any{"spiffe://course/hub"},
	})
}

func signed(t *testing.T, key, ca, request *kittest.Resource, more map[string]any) map[string]any {
	t.Helper()
	inputs := map[string]any{
		"caPrivateKeyPem":     key.Text("privateKeyPem"),
		"caCertPem":           ca.Text("certPem"),
		"certRequestPem":      request.Text("certRequestPem"),
		"validityPeriodHours": 50,
		"allowedUses":         []any{"digital_signature", "key_encipherment", "server_auth", "client_auth"},
	}
	maps.Copy(inputs, more)
	return inputs
}

// OpenSSL verifies the chain for every kind of key, and reads the names from the certificate.
func TestChainAgainstOpenSSL(t *testing.T) {
	key, ca := authority(t, nil)
	caFile := file(t, "ca.pem", ca.Text("certPem"))
	command(t, "openssl", "verify", "-x509_strict", "-CAfile", caFile, caFile)
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			req := request(t, kind.inputs)
			requestFile := file(t, "request.pem", req.Text("certRequestPem"))
			text := command(t, "openssl", "req", "-in", requestFile, "-noout", "-verify", "-text")
			for _, part := range []string{"verify OK", "DNS:localhost, DNS:hub.example.org",
				"IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1", "URI:spiffe://course/hub",
				"C = NL", "ST = ZH", "L = Delft", "O = TU", "OU = DS", "CN = hub", "postalCode = 2628",
				"serialNumber = 7", "street = Mekelweg 5", "emailAddress = a@b.c"} {
				if !strings.Contains(text, part) {
					t.Errorf("the request has no %q:\n%.900s", part, text)
				}
			}
			r := thing(t, "LocallySignedCert").MustCreate(signed(t, key, ca, req, nil))
			leaf := file(t, "leaf.pem", r.Text("certPem"))
			for _, options := range [][]string{
				{"-purpose", "sslserver", "-verify_hostname", "hub.example.org"},
				{"-purpose", "sslserver", "-verify_ip", "::1"}, {"-purpose", "sslclient"},
			} {
				command(t, append(append([]string{"openssl", "verify", "-x509_strict", "-CAfile", caFile},
					options...), leaf)...)
			}
			text = command(t, "openssl", "x509", "-in", leaf, "-noout", "-text")
			for _, part := range []string{"DNS:localhost, DNS:hub.example.org", "URI:spiffe://course/hub",
				"Digital Signature, Key Encipherment", "TLS Web Server Authentication",
				"emailAddress = a@b.c", "CA:FALSE", "Authority Key Identifier"} {
				if !strings.Contains(text, part) {
					t.Errorf("the certificate has no %q:\n%s", part, text)
				}
			}
			if strings.Contains(text, "Subject Key Identifier") {
				t.Error("a subject key identifier that nobody asked for")
			}
			if r.Text("caKeyAlgorithm") != "ECDSA" {
				t.Error(r.Text("caKeyAlgorithm"))
			}
		})
	}
}

func TestSelfSigned(t *testing.T) {
	_, ca := authority(t, map[string]any{"maxPathLength": 0, "setSubjectKeyId": true,
		"setAuthorityKeyId": true, "dnsNames": []any{"a.example"}, "ipAddresses": []any{"10.0.0.1"}})
	text := command(t, "openssl", "x509", "-in", file(t, "ca.pem", ca.Text("certPem")), "-noout", "-text")
	for _, part := range []string{"CA:TRUE, pathlen:0", "Certificate Sign, CRL Sign",
		"Subject Key Identifier", "Authority Key Identifier", "DNS:a.example, IP Address:10.0.0.1",
		"Subject: O = Course, CN = test CA"} {
		if !strings.Contains(text, part) {
			t.Errorf("no %q:\n%s", part, text)
		}
	}
	start, err := time.Parse(time.RFC3339, ca.Text("validityStartTime"))
	if err != nil || time.Since(start) > time.Minute || time.Since(start) < 0 {
		t.Errorf("validityStartTime %s: %v", ca.Text("validityStartTime"), err)
	}
	end, err := time.Parse(time.RFC3339, ca.Text("validityEndTime"))
	if err != nil || end.Sub(start) != 100*time.Hour {
		t.Errorf("validityEndTime %s: %v", ca.Text("validityEndTime"), err)
	}
	if ca.State.Get("readyForRenewal").AsBool() || !ca.State.Get("privateKeyPem").Secret() {
		t.Errorf("%#v", ca.State)
	}
	if ca.Text("keyAlgorithm") != "ECDSA" {
		t.Error(ca.Text("keyAlgorithm"))
	}
}

func TestRenewal(t *testing.T) {
	start := time.Now()
	restore := tls.SetNow(func() time.Time { return start })
	defer restore()
	key, ca := authority(t, nil)
	req := request(t, map[string]any{"algorithm": "ED25519"})
	inputs := signed(t, key, ca, req, map[string]any{"earlyRenewalHours": 10})
	r := thing(t, "LocallySignedCert").MustCreate(inputs)
	none := map[string]p.DiffKind{}
	due := map[string]p.DiffKind{"readyForRenewal": p.UpdateReplace}
	for _, test := range []struct {
		after time.Duration
		want  map[string]p.DiffKind
		ready bool
	}{
		{0, none, false}, {39 * time.Hour, none, false},
		{40 * time.Hour, due, true}, {51 * time.Hour, due, true},
	} {
		tls.SetNow(func() time.Time { return start.Add(test.after) })
		if got := r.Diff(inputs); !maps.Equal(got, test.want) {
			t.Errorf("after %v: %v", test.after, got)
		}
		r.Read()
		if r.State.Get("readyForRenewal").AsBool() != test.ready {
			t.Errorf("after %v: readyForRenewal is %v", test.after, !test.ready)
		}
	}
	// A replacement has a new time before it.
	again := thing(t, "LocallySignedCert").MustCreate(inputs)
	if got := again.Diff(inputs); len(got) != 0 || again.Text("certPem") == r.Text("certPem") {
		t.Errorf("after the replacement: %v", got)
	}
	// Without early renewal, the end of the validity itself is what counts.
	tls.SetNow(func() time.Time { return start })
	late := thing(t, "LocallySignedCert").MustCreate(signed(t, key, ca, req, nil))
	tls.SetNow(func() time.Time { return start.Add(49 * time.Hour) })
	if got := late.Diff(signed(t, key, ca, req, nil)); len(got) != 0 {
		t.Errorf("before the end: %v", got)
	}
	tls.SetNow(func() time.Time { return start.Add(50 * time.Hour) })
	if got := late.Diff(signed(t, key, ca, req, nil)); !maps.Equal(got, due) {
		t.Errorf("at the end: %v", got)
	}
}

func TestEarlyRenewalIsUpdatedInPlace(t *testing.T) {
	key, ca := authority(t, nil)
	req := request(t, map[string]any{"algorithm": "ED25519"})
	r := thing(t, "LocallySignedCert").MustCreate(signed(t, key, ca, req, nil))
	before := r.Text("certPem")
	changed := signed(t, key, ca, req, map[string]any{"earlyRenewalHours": 5})
	if got := r.Diff(changed); !maps.Equal(got, map[string]p.DiffKind{"earlyRenewalHours": p.Update}) {
		t.Errorf("%v", got)
	}
	if preview := r.PreviewUpdate(changed); preview.Get("certPem").IsComputed() {
		t.Error("the certificate is unknown in the preview of an update that keeps it")
	}
	r.Update(changed)
	if r.Text("certPem") != before || r.State.Get("earlyRenewalHours").AsNumber() != 5 {
		t.Error("the update makes another certificate")
	}
	got := r.Diff(signed(t, key, ca, req, map[string]any{"earlyRenewalHours": 5, "validityPeriodHours": 51}))
	if !maps.Equal(got, map[string]p.DiffKind{"validityPeriodHours": p.UpdateReplace}) {
		t.Errorf("%v", got)
	}
}

func TestPreviewWithUnknownInputs(t *testing.T) {
	state := thing(t, "LocallySignedCert").Preview(map[string]any{
		"caPrivateKeyPem": kittest.Unknown(), "caCertPem": kittest.Unknown(),
		"certRequestPem": kittest.Unknown(), "validityPeriodHours": 5,
		"allowedUses": []any{"server_auth"},
	})
	if !state.Get("certPem").IsComputed() || !state.Get("caPrivateKeyPem").Secret() {
		t.Errorf("%#v", state)
	}
}

func TestBadInputsAreRefused(t *testing.T) {
	key, ca := authority(t, nil)
	req := request(t, map[string]any{"algorithm": "ED25519"})
	self := func(more map[string]any) map[string]any {
		inputs := map[string]any{"privateKeyPem": key.Text("privateKeyPem"),
			"validityPeriodHours": 1, "allowedUses": []any{}}
		maps.Copy(inputs, more)
		return inputs
	}
	for name, test := range map[string]struct {
		resource string
		inputs   map[string]any
		property string
	}{
		"camel case use": {"SelfSignedCert", self(map[string]any{"allowedUses": []any{"serverAuth"}}), "allowedUses"},
		"negative hours": {"SelfSignedCert", self(map[string]any{"validityPeriodHours": -1}), "validityPeriodHours"},
		"negative early": {"SelfSignedCert", self(map[string]any{"earlyRenewalHours": -1}), "earlyRenewalHours"},
		"no key":         {"SelfSignedCert", self(map[string]any{"privateKeyPem": "x"}), "privateKeyPem"},
		"certificate":    {"SelfSignedCert", self(map[string]any{"privateKeyPem": ca.Text("certPem")}), "privateKeyPem"},
		"IP":             {"SelfSignedCert", self(map[string]any{"ipAddresses": []any{"1.2.3"}}), "ipAddresses"},
		"URI":            {"SelfSignedCert", self(map[string]any{"uris": []any{"nothing"}}), "uris"},
		"write-only":     {"SelfSignedCert", self(map[string]any{"privateKeyPemWo": "x"}), "privateKeyPemWo"},
		"subject":        {"SelfSignedCert", self(map[string]any{"subject": map[string]any{"cn": "x"}}), "subject.cn"},
		"request": {"LocallySignedCert", signed(t, key, ca, req, map[string]any{
			"certRequestPem": ca.Text("certPem")}), "certRequestPem"},
		"CA": {"LocallySignedCert", signed(t, key, ca, req, map[string]any{
			"caCertPem": req.Text("certRequestPem")}), "caCertPem"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, failures := thing(t, test.resource).Check(test.inputs); failures[test.property] == "" {
				t.Errorf("got %v", failures)
			}
		})
	}
	other := newKey(t, map[string]any{"algorithm": "ED25519"})
	err := thing(t, "LocallySignedCert").Create(signed(t, other, ca, req, nil))
	if err == nil || !strings.Contains(err.Error(), "caPrivateKeyPem is not the key of caCertPem") {
		t.Errorf("another CA's key: %v", err)
	}
}
