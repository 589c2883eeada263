package tls

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // names a key, protects nothing
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"golang.org/x/crypto/ssh"

	"semesterhub/offline/internal/kit"
)

// minimumRSABits is the least that Go's crypto/rsa agrees to generate.
const minimumRSABits = 1024

var curves = map[string]elliptic.Curve{
	"P224": elliptic.P224(), "P256": elliptic.P256(),
	"P384": elliptic.P384(), "P521": elliptic.P521(),
}

func privateKey() kit.Resource {
	return kit.Resource{
		Token: "tls:index/privateKey:PrivateKey",
		Inputs: []kit.Input{
			{Name: "algorithm", Required: true, OneOf: []string{"RSA", "ECDSA", "ED25519"}},
			{Name: "ecdsaCurve", Default: "P224", OneOf: []string{"P224", "P256", "P384", "P521"}},
			{Name: "rsaBits", Type: kit.Integer, Default: 2048},
		},
		Outputs: []kit.Output{
			{Name: "privateKeyOpenssh", Secret: true},
			{Name: "privateKeyPem", Secret: true},
			{Name: "privateKeyPemPkcs8", Secret: true},
			{Name: "publicKeyFingerprintMd5"}, {Name: "publicKeyFingerprintSha256"},
			{Name: "publicKeyOpenssh"}, {Name: "publicKeyPem"},
		},
		Validate: func(in kit.Values) []p.CheckFailure {
			if in.String("algorithm") == "RSA" && in.Int("rsaBits") < minimumRSABits &&
				in.Has("rsaBits") {
				return []p.CheckFailure{kit.Failure("rsaBits",
					fmt.Sprintf("must be at least %d; it is %d", minimumRSABits, in.Int("rsaBits")))}
			}
			return nil
		},
		Create: func(_ context.Context, req kit.Request) (kit.Result, error) {
			key, err := generateKey(req.Inputs)
			if err != nil {
				return kit.Result{}, fmt.Errorf("generating the key: %w", err)
			}
			return keyResult(key)
		},
	}
}

func generateKey(in kit.Values) (crypto.Signer, error) {
	switch in.String("algorithm") {
	case "RSA":
		return rsa.GenerateKey(rand.Reader, in.Int("rsaBits"))
	case "ECDSA":
		return ecdsa.GenerateKey(curves[in.String("ecdsaCurve")], rand.Reader)
	default:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	}
}

func keyResult(key crypto.Signer) (kit.Result, error) {
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return kit.Result{}, err
	}
	pkcs8PEM := encodePEM("PRIVATE KEY", pkcs8)
	// The traditional form of each algorithm; ED25519 has none but PKCS#8.
	traditional := pkcs8PEM
	switch key := key.(type) {
	case *rsa.PrivateKey:
		traditional = encodePEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))
	case *ecdsa.PrivateKey:
		der, err := x509.MarshalECPrivateKey(key)
		if err != nil {
			return kit.Result{}, err
		}
		traditional = encodePEM("EC PRIVATE KEY", der)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return kit.Result{}, err
	}
	outputs := map[string]property.Value{
		"privateKeyPem":      kit.Text(traditional),
		"privateKeyPemPkcs8": kit.Text(pkcs8PEM),
		"publicKeyPem":       kit.Text(encodePEM("PUBLIC KEY", public)),
	}
	if err := addOpenSSH(key, outputs); err != nil {
		return kit.Result{}, err
	}
	id := sha1.Sum(public) //nolint:gosec // as above
	return kit.Result{ID: hex.EncodeToString(id[:]), Outputs: outputs}, nil
}

// addOpenSSH sets the forms that OpenSSH reads. It does not know the curve P224: they are empty.
func addOpenSSH(key crypto.Signer, outputs map[string]property.Value) error {
	for _, name := range []string{"privateKeyOpenssh", "publicKeyOpenssh",
		"publicKeyFingerprintMd5", "publicKeyFingerprintSha256"} {
		outputs[name] = kit.Text("")
	}
	if ec, ok := key.(*ecdsa.PrivateKey); ok && ec.Curve == elliptic.P224() {
		return nil
	}
	private, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		return err
	}
	public, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		return err
	}
	outputs["privateKeyOpenssh"] = kit.Text(string(pem.EncodeToMemory(private)))
	outputs["publicKeyOpenssh"] = kit.Text(string(ssh.MarshalAuthorizedKey(public)))
	outputs["publicKeyFingerprintMd5"] = kit.Text(ssh.FingerprintLegacyMD5(public))
	outputs["publicKeyFingerprintSha256"] = kit.Text(ssh.FingerprintSHA256(public))
	return nil
}

func encodePEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// parseKey reads a private key in any of the forms that keyResult writes.
func parseKey(text string) (crypto.Signer, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("must be a private key in PEM")
	}
	var key any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "OPENSSH PRIVATE KEY":
		key, err = ssh.ParseRawPrivateKey([]byte(text))
		if pointer, ok := key.(*ed25519.PrivateKey); ok {
			key = *pointer
		}
	default:
		return nil, fmt.Errorf("must be a private key in PEM; it is a %q", block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("must be a private key in PEM: %w", err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("must be an RSA, ECDSA or ED25519 private key")
	}
	return signer, nil
}

// algorithm names a key's algorithm as the inputs of PrivateKey do.
func algorithm(key crypto.Signer) string {
	switch key.(type) {
	case *rsa.PrivateKey:
		return "RSA"
	case *ecdsa.PrivateKey:
		return "ECDSA"
	default:
		return "ED25519"
	}
}

// checkKey refuses a known input that is not a private key.
func checkKey(in kit.Values, name string) []p.CheckFailure {
	if !in.Has(name) {
		return nil
	}
	if _, err := parseKey(in.String(name)); err != nil {
		return []p.CheckFailure{kit.Failure(name, err.Error())}
	}
	return nil
}
