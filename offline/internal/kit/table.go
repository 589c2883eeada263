// Package kit turns a table of resources (their inputs, outputs and what a change of each input
// means) into a Pulumi provider. Check, diff, preview with unknown values, secrets and the schema
// are the same for every resource, so they are written once, here; a resource adds only what it
// does.
package kit

import (
	"context"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// Type is the type that an input's value must have.
type Type int

// The types of inputs.
const (
	String Type = iota
	Integer
	Bool
	Strings   // a list of strings
	StringMap // a map of strings
	List      // a list of anything
	Object    // the fields are in Input.Fields
	Source    // an asset or an archive
)

// Change is what a changed input does to the resource.
type Change int

// The kinds of change.
const (
	Replaces Change = iota
	Updates
)

// Input describes one input of a resource.
type Input struct {
	Name     string
	Type     Type
	Required bool
	// Default is the value of an input that is not given: a string, an int or a bool. It takes
	// part in comparisons and in the resource's state, but is not written into the inputs.
	Default any
	Change  Change
	// Secret marks the value as secret, whether the program did or not.
	Secret bool
	OneOf  []string
	Fields []Input
	// Refused says why an input of the official provider is an error here.
	Refused string
}

// Output describes one output of a resource, besides its inputs.
type Output struct {
	Name   string
	Type   Type
	Secret bool
	// Optional outputs may be absent from a resource's state.
	Optional bool
	// Updated outputs get a new value on each update, so they are unknown in its preview.
	Updated bool
}

// Request is what a resource's functions get: everything known, defaults filled in.
type Request struct {
	ID     string
	Name   string
	Inputs Values
	// State is the state before an update, a delete or a read.
	State Values
}

// Result is what a resource's functions give back. Outputs holds only the outputs of the table.
type Result struct {
	ID      string
	Outputs map[string]property.Value
}

// Resource is one row of a provider's table.
type Resource struct {
	// Token is the whole type token, such as "random:index/randomId:RandomId".
	Token   string
	Inputs  []Input
	Outputs []Output
	// SecretFrom names inputs; when any of them is secret, all outputs are.
	SecretFrom []string
	// Validate finds what the types alone do not. It sees the given inputs and defaults; unknown
	// ones are absent.
	Validate func(inputs Values) []p.CheckFailure
	Create   func(ctx context.Context, req Request) (Result, error)
	// Update is called for changes of inputs that update. Outputs that it does not return keep
	// their value.
	Update func(ctx context.Context, req Request) (Result, error)
	// Read gives the outputs that differ from the state, and false when the resource is gone.
	Read   func(ctx context.Context, req Request) (map[string]property.Value, bool, error)
	Delete func(ctx context.Context, req Request) error
	// Expired names the output that forces a replacement now, or nothing.
	Expired func(inputs, state Values) string
}

// Input gives the description of an input by its name.
func (r *Resource) input(name string) (Input, bool) {
	for _, in := range r.Inputs {
		if in.Name == name {
			return in, true
		}
	}
	return Input{}, false
}

// Failure is a failed check of one input.
func Failure(name, reason string) p.CheckFailure {
	return p.CheckFailure{Property: name, Reason: reason}
}
