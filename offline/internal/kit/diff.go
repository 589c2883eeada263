package kit

import (
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// diff compares the inputs of before with those of now, input by input, defaults filled in on
// both sides: an input that is left out equals one that is given its default.
func (r *Resource) diff(req p.DiffRequest) p.DiffResponse {
	before := req.OldInputs
	if before.Len() == 0 {
		// State that was imported, or written by an engine that keeps no inputs.
		before = req.State
	}
	before = withDefaults(r.Inputs, before)
	now := withDefaults(r.Inputs, req.Inputs)
	detailed := map[string]p.PropertyDiff{}
	for _, in := range r.Inputs {
		if contains(req.IgnoreChanges, in.Name) {
			continue
		}
		was, is := plain(before.Get(in.Name)), plain(now.Get(in.Name))
		if !is.HasComputed() && was.Equals(is) {
			continue
		}
		detailed[in.Name] = p.PropertyDiff{
			Kind: kind(was.IsNull(), is.IsNull(), in.Change), InputDiff: true,
		}
	}
	if r.Expired != nil {
		if name := r.Expired(Values{now}, Values{req.State}); name != "" {
			detailed[name] = p.PropertyDiff{Kind: p.UpdateReplace}
		}
	}
	return p.DiffResponse{HasChanges: len(detailed) > 0, DetailedDiff: detailed}
}

func kind(added, removed bool, change Change) p.DiffKind {
	switch {
	case added && change == Updates:
		return p.Add
	case added:
		return p.AddReplace
	case removed && change == Updates:
		return p.Delete
	case removed:
		return p.DeleteReplace
	case change == Updates:
		return p.Update
	default:
		return p.UpdateReplace
	}
}

// state puts together the stored state of a resource: its inputs, with defaults, and its outputs.
// What the outputs do not hold is unknown in a preview.
func (r *Resource) state(
	inputs property.Map, outputs map[string]property.Value, dryRun bool,
) property.Map {
	state := withDefaults(r.Inputs, inputs)
	secret := false
	for _, name := range r.SecretFrom {
		secret = secret || inputs.Get(name).HasSecrets()
	}
	for _, out := range r.Outputs {
		value, ok := outputs[out.Name]
		if !ok && dryRun {
			value, ok = property.New(property.Computed), true
		}
		if ok && !(value.IsNull() && out.Optional) {
			state = state.Set(out.Name, value.WithSecret(value.Secret() || out.Secret || secret))
		}
	}
	return state
}
