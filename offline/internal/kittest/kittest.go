// Package kittest drives a provider through the life of a resource as the engine does, for tests.
// It stands in for pulumi-go-provider's own package integration, which does not compile with the
// SDK that the CLI is built from.
package kittest

import (
	"fmt"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// Resource is one resource in a provider under test, with its state.
type Resource struct {
	t        *testing.T
	provider p.Provider
	urn      resource.URN

	ID     string
	Inputs property.Map
	State  property.Map
}

// New takes one resource of a provider.
func New(t *testing.T, provider p.Provider, token string) *Resource {
	urn := resource.NewURN("stack", "project", "", tokens.Type(token), "thing")
	return &Resource{t: t, provider: provider.WithDefaults(), urn: urn}
}

// wire sends properties over the wire and back, as the engine does between any two calls.
func (r *Resource) wire(m property.Map) property.Map {
	r.t.Helper()
	options := plugin.MarshalOptions{
		KeepUnknowns: true, SkipNulls: true, KeepSecrets: true, KeepOutputValues: true,
		KeepResources: true, ComputeAssetHashes: true,
	}
	sent, err := plugin.MarshalProperties(resource.ToResourcePropertyMap(m), options)
	if err != nil {
		r.t.Fatal(err)
	}
	received, err := plugin.UnmarshalProperties(sent, options)
	if err != nil {
		r.t.Fatal(err)
	}
	return resource.FromResourcePropertyMap(received)
}

// Map makes a property map of plain Go values.
func Map(values map[string]any) property.Map {
	fields := map[string]property.Value{}
	for key, value := range values {
		fields[key] = Value(value)
	}
	return property.NewMap(fields)
}

// Value makes a property of a plain Go value.
func Value(value any) property.Value {
	switch v := value.(type) {
	case property.Value:
		return v
	case int:
		return property.New(float64(v))
	case []any:
		items := make([]property.Value, len(v))
		for i, item := range v {
			items[i] = Value(item)
		}
		return property.New(items)
	case map[string]any:
		return property.New(Map(v))
	default:
		result, err := property.Any(value)
		if err != nil {
			panic(fmt.Sprintf("%v: %T", err, value))
		}
		return result
	}
}

// Secret marks a value as secret.
func Secret(value any) property.Value { return Value(value).WithSecret(true) }

// Unknown is a value that is not known yet.
func Unknown() property.Value { return property.New(property.Computed) }

// Check gives the stored inputs and what is wrong with them, by property.
func (r *Resource) Check(inputs map[string]any) (property.Map, map[string]string) {
	r.t.Helper()
	response, err := r.provider.Check(r.t.Context(), p.CheckRequest{Urn: r.urn, State: r.Inputs, Inputs: r.wire(Map(inputs))})
	if err != nil {
		r.t.Fatal(err)
	}
	failures := map[string]string{}
	for _, failure := range response.Failures {
		failures[failure.Property] = failure.Reason
	}
	return r.wire(response.Inputs), failures
}

// MustCheck gives the stored inputs of good inputs.
func (r *Resource) MustCheck(inputs map[string]any) property.Map {
	r.t.Helper()
	stored, failures := r.Check(inputs)
	if len(failures) > 0 {
		r.t.Fatalf("check failed: %v", failures)
	}
	return stored
}

// Preview gives the outputs of a create that is not done.
func (r *Resource) Preview(inputs map[string]any) property.Map {
	r.t.Helper()
	response, err := r.provider.Create(r.t.Context(), p.CreateRequest{
		Urn: r.urn, Properties: r.MustCheck(inputs), DryRun: true,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return r.wire(response.Properties)
}

// Create makes the resource.
func (r *Resource) Create(inputs map[string]any) error {
	r.t.Helper()
	stored := r.MustCheck(inputs)
	response, err := r.provider.Create(r.t.Context(), p.CreateRequest{Urn: r.urn, Properties: stored})
	if err == nil {
		r.ID, r.Inputs, r.State = response.ID, stored, r.wire(response.Properties)
	}
	return err
}

// MustCreate makes the resource, which must succeed.
func (r *Resource) MustCreate(inputs map[string]any) *Resource {
	r.t.Helper()
	if err := r.Create(inputs); err != nil {
		r.t.Fatal(err)
	}
	return r
}

// Diff gives the kind of change of each property.
func (r *Resource) Diff(inputs map[string]any) map[string]p.DiffKind {
	r.t.Helper()
	response, err := r.provider.Diff(r.t.Context(), p.DiffRequest{
		ID: r.ID, Urn: r.urn, State: r.State, OldInputs: r.Inputs, Inputs: r.MustCheck(inputs),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	if response.HasChanges != (len(response.DetailedDiff) > 0) {
		r.t.Fatalf("HasChanges is %v for %v", response.HasChanges, response.DetailedDiff)
	}
	kinds := map[string]p.DiffKind{}
	for name, diff := range response.DetailedDiff {
		kinds[name] = diff.Kind
	}
	return kinds
}

// PreviewUpdate gives the outputs of an update that is not done.
func (r *Resource) PreviewUpdate(inputs map[string]any) property.Map {
	r.t.Helper()
	response, err := r.update(inputs, true)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.wire(response.Properties)
}

// Update changes the resource in place, which must succeed.
func (r *Resource) Update(inputs map[string]any) {
	r.t.Helper()
	if err := r.TryUpdate(inputs); err != nil {
		r.t.Fatal(err)
	}
}

// TryUpdate changes the resource in place, and leaves it as it was when that fails.
func (r *Resource) TryUpdate(inputs map[string]any) error {
	r.t.Helper()
	response, err := r.update(inputs, false)
	if err != nil {
		return err
	}
	r.State = r.wire(response.Properties)
	r.Inputs = r.MustCheck(inputs)
	return nil
}

func (r *Resource) update(inputs map[string]any, dryRun bool) (p.UpdateResponse, error) {
	r.t.Helper()
	return r.provider.Update(r.t.Context(), p.UpdateRequest{
		ID: r.ID, Urn: r.urn, State: r.State, OldInputs: r.Inputs,
		Inputs: r.MustCheck(inputs), DryRun: dryRun,
	})
}

// Read refreshes the state.
func (r *Resource) Read() {
	r.t.Helper()
	response, err := r.provider.Read(r.t.Context(), p.ReadRequest{
		ID: r.ID, Urn: r.urn, Properties: r.State, Inputs: r.Inputs,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.ID, r.State, r.Inputs = response.ID, response.Properties, response.Inputs
}

// Delete removes the resource.
func (r *Resource) Delete() error {
	return r.provider.Delete(r.t.Context(), p.DeleteRequest{
		ID: r.ID, Urn: r.urn, Properties: r.State, OldInputs: r.Inputs,
	})
}

// Text gives a string of the state.
func (r *Resource) Text(name string) string {
	r.t.Helper()
	value := r.State.Get(name)
	if !value.IsString() {
		r.t.Fatalf("%s is not a string: %#v", name, value)
	}
	return value.AsString()
}
