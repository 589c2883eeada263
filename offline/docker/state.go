package docker

import (
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// metaKey is where Pulumi's bridge keeps what Terraform wants to know of a state.
const metaKey = "__meta"

// remembered is what the stack remembers of a resource, under the same names and
// in the same forms as the official plugin: its inputs with their defaults
// (secrets still secret), what the engine has beyond them, and its outputs,
// unknown where nothing says them.
func (d definition[I]) remembered(inputs property.Map, s sight) property.Map {
	if d.state != nil {
		return d.state(inputs, s.out)
	}
	m := plainOf(inputs)
	for name, value := range s.live.All {
		if !m.Get(name).HasSecrets() {
			m = m.Set(name, value)
		}
	}
	for _, name := range d.computed {
		value, said := s.out[name]
		// A preview has not seen the engine: what was given is all that is known.
		unseen := s.live.Len() == 0
		switch {
		case unseen && !m.Get(name).IsNull():
		case said:
			m = m.Set(name, encode(value))
		case unseen:
			m = m.Set(name, property.New(property.Computed))
		}
	}
	if d.meta != "" {
		m = m.Set(metaKey, property.New(d.meta))
	}
	return m
}

// plainOf is a value without what Pulumi notes in it.
func plainOf(m property.Map) property.Map {
	kept := map[string]property.Value{}
	for key, value := range m.All {
		if !internal(key) {
			kept[key] = plainValue(value)
		}
	}
	return property.NewMap(kept)
}

func plainValue(v property.Value) property.Value {
	switch {
	case v.IsMap():
		return property.WithGoValue(v, plainOf(v.AsMap()))
	case v.IsArray():
		values := v.AsArray().AsSlice()
		for i, element := range values {
			values[i] = plainValue(element)
		}
		return property.WithGoValue(v, property.NewArray(values))
	default:
		return v
	}
}
