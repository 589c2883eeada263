// Package tls serves the resources of Pulumi's tls provider when the official plugin cannot be
// downloaded: private keys, certificate requests and certificates, made with Go's crypto packages.
package tls

import (
	p "github.com/pulumi/pulumi-go-provider"

	"semesterhub/offline/internal/kit"
)

// Name is the provider's package name.
const Name = "tls"

// Provider serves PrivateKey, CertRequest, SelfSignedCert and LocallySignedCert.
func Provider() p.Provider {
	return kit.Provider(Name, Resources())
}

// Resources is the provider's table.
func Resources() []kit.Resource {
	return []kit.Resource{privateKey(), certRequest(), selfSignedCert(), locallySignedCert()}
}

// writeOnly refuses the write-only form of a key: it would have to leave no trace in the state,
// which a provider without Terraform's ephemeral values cannot promise.
func writeOnly(name string) []kit.Input {
	refused := "is not carried out by the offline provider; use `" + name + "`"
	return []kit.Input{
		{Name: name + "Wo", Refused: refused}, {Name: name + "WoVersion", Refused: refused},
	}
}
