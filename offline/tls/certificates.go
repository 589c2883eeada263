package tls

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // RFC 5280 names keys by it
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"

	"crypto/x509/pkix"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"semesterhub/offline/internal/kit"
)

// now is replaced in tests of renewal.
var now = time.Now

const serialBits = 128

// certificateInputs are what both kinds of certificate share.
func certificateInputs() []kit.Input {
	return []kit.Input{
		{Name: "allowedUses", Type: kit.Strings, Required: true},
		{Name: "earlyRenewalHours", Type: kit.Integer, Default: 0, Change: kit.Updates},
		{Name: "isCaCertificate", Type: kit.Bool, Default: false},
		{Name: "maxPathLength", Type: kit.Integer},
		{Name: "setSubjectKeyId", Type: kit.Bool, Default: false},
		{Name: "validityPeriodHours", Type: kit.Integer, Required: true},
	}
}

func certificateOutputs(keyAlgorithm string) []kit.Output {
	return []kit.Output{
		{Name: "certPem"}, {Name: keyAlgorithm}, {Name: "readyForRenewal", Type: kit.Bool},
		{Name: "validityEndTime"}, {Name: "validityStartTime"},
	}
}

func selfSignedCert() kit.Resource {
	inputs := append(certificateInputs(), nameInputs()...)
	inputs = append(inputs, writeOnly("privateKeyPem")...)
	inputs = append(inputs, subjectInput(),
		kit.Input{Name: "privateKeyPem", Required: true, Secret: true},
		kit.Input{Name: "setAuthorityKeyId", Type: kit.Bool, Default: false})
	return renewable(kit.Resource{
		Token:   "tls:index/selfSignedCert:SelfSignedCert",
		Inputs:  inputs,
		Outputs: certificateOutputs("keyAlgorithm"),
		Validate: func(in kit.Values) []p.CheckFailure {
			failures := append(checkCertificate(in), checkKey(in, "privateKeyPem")...)
			return append(failures, checkNames(in)...)
		},
		Create: func(_ context.Context, req kit.Request) (kit.Result, error) {
			in := req.Inputs
			key, err := parseKey(in.String("privateKeyPem"))
			if err != nil {
				return kit.Result{}, fmt.Errorf("privateKeyPem %w", err)
			}
			template, err := certificateTemplate(in, key.Public())
			if err != nil {
				return kit.Result{}, err
			}
			names, err := readNames(in)
			if err != nil {
				return kit.Result{}, err
			}
			template.Subject = subject(in)
			template.DNSNames, template.IPAddresses, template.URIs = names.dns, names.ips, names.uris
			if in.Bool("setAuthorityKeyId") {
				template.AuthorityKeyId, err = keyID(key.Public())
				if err != nil {
					return kit.Result{}, err
				}
			}
			return sign(template, template, key.Public(), key, "keyAlgorithm")
		},
	})
}

func locallySignedCert() kit.Resource {
	inputs := append(certificateInputs(), writeOnly("caPrivateKeyPem")...)
	inputs = append(inputs,
		kit.Input{Name: "caCertPem", Required: true},
		kit.Input{Name: "caPrivateKeyPem", Required: true, Secret: true},
		kit.Input{Name: "certRequestPem", Required: true})
	return renewable(kit.Resource{
		Token:   "tls:index/locallySignedCert:LocallySignedCert",
		Inputs:  inputs,
		Outputs: certificateOutputs("caKeyAlgorithm"),
		Validate: func(in kit.Values) []p.CheckFailure {
			failures := append(checkCertificate(in), checkKey(in, "caPrivateKeyPem")...)
			if in.Has("certRequestPem") {
				if _, err := parseRequest(in.String("certRequestPem")); err != nil {
					failures = append(failures, kit.Failure("certRequestPem", err.Error()))
				}
			}
			if in.Has("caCertPem") {
				if _, err := parseCertificate(in.String("caCertPem")); err != nil {
					failures = append(failures, kit.Failure("caCertPem", err.Error()))
				}
			}
			return failures
		},
		Create: func(_ context.Context, req kit.Request) (kit.Result, error) {
			in := req.Inputs
			request, err := parseRequest(in.String("certRequestPem"))
			if err != nil {
				return kit.Result{}, fmt.Errorf("certRequestPem %w", err)
			}
			authority, err := parseCertificate(in.String("caCertPem"))
			if err != nil {
				return kit.Result{}, fmt.Errorf("caCertPem %w", err)
			}
			key, err := parseKey(in.String("caPrivateKeyPem"))
			if err != nil {
				return kit.Result{}, fmt.Errorf("caPrivateKeyPem %w", err)
			}
			public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
			if !ok || !public.Equal(authority.PublicKey) {
				return kit.Result{}, errors.New("caPrivateKeyPem is not the key of caCertPem")
			}
			template, err := certificateTemplate(in, request.PublicKey)
			if err != nil {
				return kit.Result{}, err
			}
			// The raw subject: parsing would lose attributes that Go has no field for.
			template.RawSubject = request.RawSubject
			template.DNSNames, template.IPAddresses = request.DNSNames, request.IPAddresses
			template.URIs = request.URIs
			template.EmailAddresses = request.EmailAddresses
			return sign(template, authority, request.PublicKey, key, "caKeyAlgorithm")
		},
	})
}

func checkCertificate(in kit.Values) []p.CheckFailure {
	var failures []p.CheckFailure
	if _, _, err := usages(in.Strings("allowedUses")); err != nil {
		failures = append(failures, kit.Failure("allowedUses", err.Error()))
	}
	for _, name := range []string{"validityPeriodHours", "earlyRenewalHours", "maxPathLength"} {
		if in.Int(name) < 0 {
			failures = append(failures, kit.Failure(name,
				fmt.Sprintf("must not be negative; it is %d", in.Int(name))))
		}
	}
	return failures
}

func certificateTemplate(in kit.Values, public crypto.PublicKey) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), serialBits))
	if err != nil {
		return nil, fmt.Errorf("reading random bytes: %w", err)
	}
	usage, extended, err := usages(in.Strings("allowedUses"))
	if err != nil {
		return nil, fmt.Errorf("allowedUses %w", err)
	}
	start := now().UTC().Truncate(time.Second)
	template := &x509.Certificate{
		SerialNumber: serial, KeyUsage: usage, ExtKeyUsage: extended,
		NotBefore: start, NotAfter: start.Add(hours(in.Int("validityPeriodHours"))),
		BasicConstraintsValid: true, IsCA: in.Bool("isCaCertificate"), MaxPathLen: -1,
	}
	if template.IsCA && in.Has("maxPathLength") {
		template.MaxPathLen = in.Int("maxPathLength")
		template.MaxPathLenZero = template.MaxPathLen == 0
	}
	if in.Bool("setSubjectKeyId") || template.IsCA {
		if template.SubjectKeyId, err = keyID(public); err != nil {
			return nil, err
		}
	}
	return template, nil
}

func sign(
	template, authority *x509.Certificate, public crypto.PublicKey, key crypto.Signer,
	keyAlgorithm string,
) (kit.Result, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, authority, public, key)
	if err != nil {
		return kit.Result{}, fmt.Errorf("signing the certificate: %w", err)
	}
	return kit.Result{ID: template.SerialNumber.String(), Outputs: map[string]property.Value{
		"certPem":           kit.Text(encodePEM("CERTIFICATE", der)),
		keyAlgorithm:        kit.Text(algorithm(key)),
		"readyForRenewal":   property.New(false),
		"validityStartTime": kit.Text(template.NotBefore.Format(time.RFC3339)),
		"validityEndTime":   kit.Text(template.NotAfter.Format(time.RFC3339)),
	}}, nil
}

// keyID is the SHA-1 of the public key's bits, RFC 5280's first method.
func keyID(public crypto.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &info); err != nil {
		return nil, err
	}
	sum := sha1.Sum(info.Key.Bytes) //nolint:gosec // as above
	return sum[:], nil
}
