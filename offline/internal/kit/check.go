package kit

import (
	"fmt"
	"math"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// check validates the inputs of a resource and gives them back as they will be stored: without
// nulls and the engine's own fields, with secrets marked.
func (r *Resource) check(inputs property.Map) (property.Map, []p.CheckFailure) {
	stored, failures := checkFields("", r.Inputs, inputs)
	if len(failures) == 0 && r.Validate != nil {
		known := map[string]property.Value{}
		for key, value := range withDefaults(r.Inputs, stored).All {
			if !value.HasComputed() {
				known[key] = value
			}
		}
		failures = r.Validate(Values{property.NewMap(known)})
	}
	return stored, failures
}

func checkFields(
	prefix string, fields []Input, values property.Map,
) (property.Map, []p.CheckFailure) {
	stored := map[string]property.Value{}
	var failures []p.CheckFailure
	known := map[string]bool{}
	for _, in := range fields {
		known[in.Name] = true
		path := prefix + in.Name
		value := values.Get(in.Name)
		if value.IsNull() {
			if in.Required {
				failures = append(failures, Failure(path, "is required and was not given"))
			}
			continue
		}
		if in.Refused != "" {
			failures = append(failures, Failure(path, in.Refused))
			continue
		}
		value, found := checkValue(path, in, value)
		failures = append(failures, found...)
		stored[in.Name] = value.WithSecret(value.Secret() || in.Secret)
	}
	for key, value := range values.AllStable {
		if !known[key] && !strings.HasPrefix(key, "__") && key != "version" && !value.IsNull() {
			failures = append(failures, Failure(prefix+key,
				"is not an input that this provider carries out"))
		}
	}
	return property.NewMap(stored), failures
}

func checkValue(path string, in Input, value property.Value) (property.Value, []p.CheckFailure) {
	if value.IsComputed() {
		return value, nil
	}
	wrong := func(expected string) (property.Value, []p.CheckFailure) {
		return value, []p.CheckFailure{Failure(path, "must be "+expected)}
	}
	switch in.Type {
	case String:
		if !value.IsString() {
			return wrong("a string")
		}
		if len(in.OneOf) > 0 && !contains(in.OneOf, value.AsString()) {
			return wrong(fmt.Sprintf("one of %s; it is %q",
				strings.Join(in.OneOf, ", "), value.AsString()))
		}
	case Integer:
		if !value.IsNumber() || value.AsNumber() != math.Trunc(value.AsNumber()) {
			return wrong("a whole number")
		}
	case Bool:
		if !value.IsBool() {
			return wrong("true or false")
		}
	case Strings:
		return checkItems(path, value, "a list of strings", value.IsArray())
	case StringMap:
		return checkItems(path, value, "a map of strings", value.IsMap())
	case List:
		if !value.IsArray() {
			return wrong("a list")
		}
	case Source:
		if !value.IsAsset() && !value.IsArchive() {
			return wrong("an asset or an archive")
		}
	case Object:
		if !value.IsMap() {
			return wrong("an object")
		}
		fields, failures := checkFields(path+".", in.Fields, value.AsMap())
		return property.WithGoValue(value, fields), failures
	}
	return value, nil
}

func checkItems(
	path string, value property.Value, expected string, rightKind bool,
) (property.Value, []p.CheckFailure) {
	failure := []p.CheckFailure{Failure(path, "must be "+expected)}
	if !rightKind {
		return value, failure
	}
	items := value
	if value.IsMap() {
		var list []property.Value
		for _, item := range value.AsMap().AllStable {
			list = append(list, item)
		}
		items = property.New(property.NewArray(list))
	}
	for _, item := range items.AsArray().All {
		if !item.IsString() && !item.IsComputed() {
			return value, failure
		}
	}
	return value, nil
}

func contains(list []string, s string) bool {
	for _, item := range list {
		if item == s {
			return true
		}
	}
	return false
}
