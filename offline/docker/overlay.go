package docker

import (
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// overlay gives the inputs as the engine has them now: every property that was
// given, with the live value where that differs. What was not given is not
// looked at: a default that the engine filled in is no drift.
func overlay(t reflect.Type, given, live property.Map) property.Map {
	for key, value := range given.AllStable {
		f, ok := fieldNamed(t, key)
		if !ok || f.typ == refusedType {
			continue
		}
		given = given.Set(key, overlayValue(f, value, live.Get(key)))
	}
	return given
}

func overlayValue(f field, given, live property.Value) property.Value {
	if equal(f, given, live) || given.IsComputed() {
		return given
	}
	t := plain(f.typ)
	switch {
	case t.Kind() == reflect.Struct && given.IsMap() && live.IsMap():
		return property.WithGoValue(given, overlay(t, given.AsMap(), live.AsMap()))
	case given.IsArray() && live.IsArray():
		return overlayList(f, given, live)
	case isEmpty(live):
		return property.Value{}.WithSecret(given.Secret())
	default:
		return prune(live).WithSecret(given.HasSecrets())
	}
}

func overlayList(f field, given, live property.Value) property.Value {
	element := field{typ: plain(f.typ).Elem()}
	olds := given.AsArray().AsSlice()
	matched, rest := match(f.set, olds, live.AsArray().AsSlice(), func(x, y property.Value) bool {
		return equal(element, x, overlayValue(element, x, y))
	})
	var values []property.Value
	for i, value := range olds {
		if matched[i] {
			values = append(values, value)
		}
	}
	if len(rest) == 0 && len(values) == len(olds) {
		return given
	}
	for _, value := range rest {
		values = append(values, prune(value).WithSecret(given.HasSecrets()))
	}
	return property.New(property.NewArray(values)).WithSecret(given.Secret())
}
