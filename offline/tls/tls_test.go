package tls_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"

	"semesterhub/offline/internal/kittest"
	"semesterhub/offline/tls"
)

func thing(t *testing.T, name string) *kittest.Resource {
	t.Helper()
	lower := strings.ToLower(name[:1]) + name[1:]
	return kittest.New(t, tls.Provider(), "tls:index/"+lower+":"+name)
}

func newKey(t *testing.T, inputs map[string]any) *kittest.Resource {
	t.Helper()
	return thing(t, "PrivateKey").MustCreate(inputs)
}

// file writes text into a file that only its owner may read.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func command(t *testing.T, words ...string) string {
	t.Helper()
	out, err := exec.Command(words[0], words[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", words, err, out)
	}
	return string(out)
}

var kinds = map[string]struct {
	inputs      map[string]any
	description string // what openssl says of the key
	pem         string
	bits        string // what ssh-keygen says
}{
	"RSA 2048":   {map[string]any{"algorithm": "RSA"}, "2048 bit", "RSA PRIVATE KEY", "2048 "},
	"RSA 3072":   {map[string]any{"algorithm": "RSA", "rsaBits": 3072}, "3072 bit", "RSA PRIVATE KEY", "3072 "},
	"ECDSA P256": {map[string]any{"algorithm": "ECDSA", "ecdsaCurve": "P256"}, "NIST CURVE: P-256", "EC PRIVATE KEY", "256 "},
	"ECDSA P384": {map[string]any{"algorithm": "ECDSA", "ecdsaCurve": "P384"}, "NIST CURVE: P-384", "EC PRIVATE KEY", "384 "},
	"ECDSA P521": {map[string]any{"algorithm": "ECDSA", "ecdsaCurve": "P521"}, "NIST CURVE: P-521", "EC PRIVATE KEY", "521 "},
	"ECDSA P224": {map[string]any{"algorithm": "ECDSA"}, "NIST CURVE: P-224", "EC PRIVATE KEY", ""},
	"ED25519":    {map[string]any{"algorithm": "ED25519"}, "ED25519 Private-Key", "PRIVATE KEY", "256 "},
}

// OpenSSL and OpenSSH read every form of every kind of key, and see one and the same key in them.
func TestKeyForms(t *testing.T) {
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			r := newKey(t, kind.inputs)
			if !strings.HasPrefix(r.Text("privateKeyPem"), "-----BEGIN "+kind.pem+"-----") {
				t.Errorf("privateKeyPem is %.40s", r.Text("privateKeyPem"))
			}
			public := r.Text("publicKeyPem")
			for _, form := range []string{"privateKeyPem", "privateKeyPemPkcs8"} {
				path := file(t, "key", r.Text(form))
				if text := command(t, "openssl", "pkey", "-in", path, "-noout", "-text"); !strings.Contains(text, kind.description) {
					t.Errorf("%s: openssl says %.200s", form, text)
				}
				if got := command(t, "openssl", "pkey", "-in", path, "-pubout"); got != public {
					t.Errorf("publicKeyPem is not of %s", form)
				}
				if !r.State.Get(form).Secret() {
					t.Errorf("%s is no secret", form)
				}
			}
			if kind.bits == "" {
				for _, form := range []string{"privateKeyOpenssh", "publicKeyOpenssh",
					"publicKeyFingerprintMd5", "publicKeyFingerprintSha256"} {
					if r.Text(form) != "" {
						t.Errorf("OpenSSH has no P224, and %s is %q", form, r.Text(form))
					}
				}
				return
			}
			path := file(t, "key", r.Text("privateKeyOpenssh"))
			want := strings.Join(strings.Fields(r.Text("publicKeyOpenssh"))[:2], " ")
			got := strings.Join(strings.Fields(command(t, "ssh-keygen", "-y", "-f", path))[:2], " ")
			if got != want {
				t.Errorf("publicKeyOpenssh is %q, ssh-keygen says %q", want, got)
			}
			if !r.State.Get("privateKeyOpenssh").Secret() {
				t.Error("privateKeyOpenssh is no secret")
			}
			public = file(t, "key.pub", r.Text("publicKeyOpenssh"))
			sha := command(t, "ssh-keygen", "-l", "-f", public)
			if !strings.HasPrefix(sha, kind.bits) || !strings.Contains(sha, r.Text("publicKeyFingerprintSha256")+" ") {
				t.Errorf("ssh-keygen says %q", sha)
			}
			md5 := command(t, "ssh-keygen", "-l", "-E", "md5", "-f", public)
			if !strings.Contains(md5, "MD5:"+r.Text("publicKeyFingerprintMd5")+" ") {
				t.Errorf("ssh-keygen says %q", md5)
			}
		})
	}
}

func TestKeyPreviewDiffAndChecks(t *testing.T) {
	preview := thing(t, "PrivateKey").Preview(map[string]any{"algorithm": "ED25519"})
	if key := preview.Get("privateKeyPem"); !key.IsComputed() || !key.Secret() {
		t.Errorf("privateKeyPem: %#v", key)
	}
	if key := preview.Get("publicKeyPem"); !key.IsComputed() || key.Secret() {
		t.Errorf("publicKeyPem: %#v", key)
	}
	r := newKey(t, map[string]any{"algorithm": "ED25519"})
	if got := r.Diff(map[string]any{"algorithm": "ED25519", "rsaBits": 2048}); len(got) != 0 {
		t.Errorf("a default makes %v", got)
	}
	got := r.Diff(map[string]any{"algorithm": "RSA"})
	if !maps.Equal(got, map[string]p.DiffKind{"algorithm": p.UpdateReplace}) {
		t.Errorf("another algorithm makes %v", got)
	}
	for name, test := range map[string]struct {
		inputs   map[string]any
		property string
	}{
		"algorithm": {map[string]any{"algorithm": "DSA"}, "algorithm"},
		"curve":     {map[string]any{"algorithm": "ECDSA", "ecdsaCurve": "P192"}, "ecdsaCurve"},
		"bits":      {map[string]any{"algorithm": "RSA", "rsaBits": 512}, "rsaBits"},
	} {
		if _, failures := thing(t, "PrivateKey").Check(test.inputs); failures[test.property] == "" {
			t.Errorf("%s: %v", name, failures)
		}
	}
}
