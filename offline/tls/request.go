package tls

import (
	"context"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // names a request, protects nothing
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/url"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"semesterhub/offline/internal/kit"
)

var emailAddressOID = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}

func certRequest() kit.Resource {
	return kit.Resource{
		Token: "tls:index/certRequest:CertRequest",
		Inputs: append([]kit.Input{
			{Name: "privateKeyPem", Required: true, Secret: true},
			subjectInput(),
		}, append(nameInputs(), writeOnly("privateKeyPem")...)...),
		Outputs: []kit.Output{{Name: "certRequestPem"}, {Name: "keyAlgorithm"}},
		Validate: func(in kit.Values) []p.CheckFailure {
			return append(checkKey(in, "privateKeyPem"), checkNames(in)...)
		},
		Create: func(_ context.Context, req kit.Request) (kit.Result, error) {
			key, err := parseKey(req.Inputs.String("privateKeyPem"))
			if err != nil {
				return kit.Result{}, fmt.Errorf("privateKeyPem %w", err)
			}
			names, err := readNames(req.Inputs)
			if err != nil {
				return kit.Result{}, err
			}
			der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
				Subject: subject(req.Inputs), DNSNames: names.dns,
				IPAddresses: names.ips, URIs: names.uris,
			}, key)
			if err != nil {
				return kit.Result{}, fmt.Errorf("making the certificate request: %w", err)
			}
			id := sha1.Sum(der) //nolint:gosec // as above
			return kit.Result{ID: hex.EncodeToString(id[:]), Outputs: map[string]property.Value{
				"certRequestPem": kit.Text(encodePEM("CERTIFICATE REQUEST", der)),
				"keyAlgorithm":   kit.Text(algorithm(key)),
			}}, nil
		},
	}
}

func subjectInput() kit.Input {
	return kit.Input{Name: "subject", Type: kit.Object, Fields: []kit.Input{
		{Name: "commonName"}, {Name: "country"}, {Name: "emailAddress"}, {Name: "locality"},
		{Name: "organization"}, {Name: "organizationalUnit"}, {Name: "postalCode"},
		{Name: "province"}, {Name: "serialNumber"}, {Name: "streetAddresses", Type: kit.Strings},
	}}
}

func nameInputs() []kit.Input {
	return []kit.Input{
		{Name: "dnsNames", Type: kit.Strings}, {Name: "ipAddresses", Type: kit.Strings},
		{Name: "uris", Type: kit.Strings},
	}
}

// subject makes the distinguished name of the input `subject`.
func subject(in kit.Values) pkix.Name {
	fields := in.Object("subject")
	one := func(name string) []string {
		if value := fields.String(name); value != "" {
			return []string{value}
		}
		return nil
	}
	name := pkix.Name{
		CommonName:         fields.String("commonName"),
		SerialNumber:       fields.String("serialNumber"),
		Country:            one("country"),
		Locality:           one("locality"),
		Organization:       one("organization"),
		OrganizationalUnit: one("organizationalUnit"),
		PostalCode:         one("postalCode"),
		Province:           one("province"),
		StreetAddress:      fields.Strings("streetAddresses"),
	}
	if email := fields.String("emailAddress"); email != "" {
		name.ExtraNames = append(name.ExtraNames, pkix.AttributeTypeAndValue{
			Type:  emailAddressOID,
			Value: asn1.RawValue{Tag: asn1.TagIA5String, Bytes: []byte(email)},
		})
	}
	return name
}

// names are the subject alternative names of a certificate.
type names struct {
	dns  []string
	ips  []net.IP
	uris []*url.URL
}

func readNames(in kit.Values) (names, error) {
	result := names{dns: in.Strings("dnsNames")}
	for _, text := range in.Strings("ipAddresses") {
		ip := net.ParseIP(text)
		if ip == nil {
			return names{}, fmt.Errorf("must be IP addresses; %q is none", text)
		}
		result.ips = append(result.ips, ip)
	}
	for _, text := range in.Strings("uris") {
		uri, err := url.Parse(text)
		if err != nil || uri.Scheme == "" {
			return names{}, fmt.Errorf("must be URIs; %q is none", text)
		}
		result.uris = append(result.uris, uri)
	}
	return result, nil
}

func checkNames(in kit.Values) []p.CheckFailure {
	var failures []p.CheckFailure
	for _, input := range []string{"ipAddresses", "uris"} {
		alone := kit.Values{Map: property.NewMap(map[string]property.Value{input: in.Get(input)})}
		if _, err := readNames(alone); err != nil {
			failures = append(failures, kit.Failure(input, err.Error()))
		}
	}
	return failures
}

// parseRequest reads a certificate request and checks its signature.
func parseRequest(text string) (*x509.CertificateRequest, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE REQUEST" {
		return nil, errors.New("must be a certificate request in PEM")
	}
	request, err := x509.ParseCertificateRequest(block.Bytes)
	if err == nil {
		err = request.CheckSignature()
	}
	if err != nil {
		return nil, fmt.Errorf("must be a certificate request in PEM: %w", err)
	}
	return request, nil
}

// parseCertificate reads the first certificate of a PEM text.
func parseCertificate(text string) (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("must be a certificate in PEM")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("must be a certificate in PEM: %w", err)
	}
	return certificate, nil
}
