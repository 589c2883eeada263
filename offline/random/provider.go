// Package random serves the resources of Pulumi's random provider that a program can do with when
// the official plugin cannot be downloaded. All randomness is crypto/rand's.
package random

import (
	p "github.com/pulumi/pulumi-go-provider"

	"semesterhub/offline/internal/kit"
)

// Name is the provider's package name.
const Name = "random"

// Provider serves RandomBytes, RandomId, RandomPassword, RandomPet and RandomString.
func Provider() p.Provider {
	return kit.Provider(Name, Resources())
}

// Resources is the provider's table.
func Resources() []kit.Resource {
	return []kit.Resource{randomBytes(), randomID(), randomPassword(), randomPet(), randomString()}
}

// keepers are values that make a new random value when they change.
func keepers() kit.Input {
	return kit.Input{Name: "keepers", Type: kit.StringMap}
}
