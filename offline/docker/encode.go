package docker

import (
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// outputs are the properties of a resource that its engine decides.
type outputs map[string]any

// encode turns a Go value into a property value; structs by their tags, with
// every field, so that a zero is a statement ("not read-only") and not a gap.
func encode(v any) property.Value {
	if value, ok := v.(property.Value); ok {
		return value
	}
	return encodeValue(reflect.ValueOf(v))
}

func encodeValue(v reflect.Value) property.Value {
	if !v.IsValid() {
		return property.Value{}
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return property.Value{}
		}
		return encode(v.Elem().Interface())
	case reflect.String:
		return property.New(v.String())
	case reflect.Bool:
		return property.New(v.Bool())
	case reflect.Int, reflect.Int64, reflect.Int32, reflect.Uint32, reflect.Uint64:
		if v.CanInt() {
			return property.New(float64(v.Int()))
		}
		return property.New(float64(v.Uint()))
	case reflect.Float64:
		return property.New(v.Float())
	case reflect.Slice:
		values := make([]property.Value, v.Len())
		for i := range values {
			values[i] = encode(v.Index(i).Interface())
		}
		return property.New(property.NewArray(values))
	case reflect.Map:
		values := map[string]property.Value{}
		for _, key := range v.MapKeys() {
			values[key.String()] = encode(v.MapIndex(key).Interface())
		}
		return property.New(property.NewMap(values))
	case reflect.Struct:
		values := map[string]property.Value{}
		for _, f := range fieldsOf(v.Type()) {
			if f.typ != refusedType {
				values[f.name] = encodeValue(v.Field(f.index))
			}
		}
		return property.New(property.NewMap(values))
	default:
		panic("docker: cannot encode " + v.Type().String())
	}
}

// prune drops what a property value says with a zero, at any depth: what the
// engine has and nobody gave is shown without its defaults.
func prune(v property.Value) property.Value {
	switch {
	case v.IsMap():
		kept := map[string]property.Value{}
		for key, element := range v.AsMap().All {
			if element = prune(element); !isZero(element) {
				kept[key] = element
			}
		}
		return property.New(property.NewMap(kept))
	case v.IsArray():
		var kept []property.Value
		for _, element := range v.AsArray().All {
			kept = append(kept, prune(element))
		}
		return property.New(property.NewArray(kept))
	default:
		return v
	}
}

func isZero(v property.Value) bool {
	switch {
	case v.IsNull():
		return true
	case v.IsString():
		return v.AsString() == ""
	case v.IsNumber():
		return v.AsNumber() == 0
	case v.IsBool():
		return !v.AsBool()
	case v.IsArray():
		return v.AsArray().Len() == 0
	case v.IsMap():
		return v.AsMap().Len() == 0
	default:
		return false
	}
}
