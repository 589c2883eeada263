package kit

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// Values reads properties by name. What is absent, null, unknown or of another type reads as the
// zero value.
type Values struct{ property.Map }

// Has is true when the property is given and known.
func (v Values) Has(name string) bool {
	value := v.Get(name)
	return !value.IsNull() && !value.IsComputed()
}

// String reads a string.
func (v Values) String(name string) string {
	if value := v.Get(name); value.IsString() {
		return value.AsString()
	}
	return ""
}

// Int reads a whole number.
func (v Values) Int(name string) int {
	if value := v.Get(name); value.IsNumber() {
		return int(value.AsNumber())
	}
	return 0
}

// Bool reads a boolean.
func (v Values) Bool(name string) bool {
	value := v.Get(name)
	return value.IsBool() && value.AsBool()
}

// Strings reads a list of strings.
func (v Values) Strings(name string) []string {
	value := v.Get(name)
	if !value.IsArray() {
		return nil
	}
	var list []string
	for _, item := range value.AsArray().All {
		if item.IsString() {
			list = append(list, item.AsString())
		}
	}
	return list
}

// StringMap reads a map of strings.
func (v Values) StringMap(name string) map[string]string {
	result := map[string]string{}
	for key, item := range v.Object(name).All {
		if item.IsString() {
			result[key] = item.AsString()
		}
	}
	return result
}

// Object reads an object.
func (v Values) Object(name string) Values {
	if value := v.Get(name); value.IsMap() {
		return Values{value.AsMap()}
	}
	return Values{}
}

// Text makes a property of a string.
func Text(s string) property.Value { return property.New(s) }

// TextList makes a property of a list of strings.
func TextList(list []string) property.Value {
	items := make([]property.Value, len(list))
	for i, s := range list {
		items[i] = property.New(s)
	}
	return property.New(items)
}

// fromGo makes a property of a default value in a table.
func fromGo(value any) property.Value {
	switch v := value.(type) {
	case nil:
		return property.Value{}
	case string:
		return property.New(v)
	case bool:
		return property.New(v)
	case int:
		return property.New(float64(v))
	default:
		panic(fmt.Sprintf("a default of type %T", value))
	}
}

// plain strips what does not belong to a value itself: secretness and dependencies, at any depth.
func plain(v property.Value) property.Value {
	switch {
	case v.IsArray():
		var items []property.Value
		for _, item := range v.AsArray().All {
			items = append(items, plain(item))
		}
		return property.New(property.NewArray(items))
	case v.IsMap():
		fields := map[string]property.Value{}
		for key, item := range v.AsMap().All {
			if item = plain(item); !item.IsNull() {
				fields[key] = item
			}
		}
		return property.New(property.NewMap(fields))
	default:
		return v.WithSecret(false).WithDependencies(nil)
	}
}

// withDefaults fills in the defaults of inputs that are absent, in nested objects too.
func withDefaults(inputs []Input, values property.Map) property.Map {
	for _, in := range inputs {
		value := values.Get(in.Name)
		switch {
		case value.IsNull() && in.Default != nil:
			values = values.Set(in.Name, fromGo(in.Default))
		case value.IsMap() && in.Type == Object:
			filled := property.WithGoValue(value, withDefaults(in.Fields, value.AsMap()))
			values = values.Set(in.Name, filled)
		}
	}
	return values
}
