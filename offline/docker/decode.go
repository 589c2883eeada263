package docker

import (
	"fmt"
	"math"
	"reflect"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// decode fills the struct that dst points to from a property map and says what
// is wrong with it. An unknown value (in a preview) leaves the zero value.
func decode(m property.Map, dst any) []p.CheckFailure {
	d := decoder{}
	d.object("", m, reflect.ValueOf(dst).Elem())
	return d.failures
}

// decodeKnown is decode for values that have passed check already.
func decodeKnown(m property.Map, dst any) error {
	if failures := decode(m, dst); len(failures) > 0 {
		return fmt.Errorf("%s: %s", failures[0].Property, failures[0].Reason)
	}
	return nil
}

type decoder struct{ failures []p.CheckFailure }

func (d *decoder) fail(path, format string, args ...any) {
	d.failures = append(d.failures, p.CheckFailure{Property: path, Reason: fmt.Sprintf(format, args...)})
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func (d *decoder) object(path string, m property.Map, dst reflect.Value) {
	fields := fieldsOf(dst.Type())
	known := map[string]bool{}
	for _, f := range fields {
		known[f.name] = true
		v, ok := m.GetOk(f.name)
		if !ok || v.IsNull() {
			if f.required {
				d.fail(join(path, f.name), "is required")
			}
			continue
		}
		if f.typ == refusedType {
			d.fail(join(path, f.name), "%q is not carried out by the offline docker provider; "+
				"remove it, or use the official plugin", join(path, f.name))
			continue
		}
		d.value(join(path, f.name), v, dst.Field(f.index))
	}
	for key := range m.AllStable {
		if !known[key] && !internal(key) {
			d.fail(join(path, key), "%q is not an input of this resource", join(path, key))
		}
	}
}

func (d *decoder) value(path string, v property.Value, dst reflect.Value) {
	if v.IsComputed() || v.IsNull() {
		return
	}
	switch dst.Kind() {
	case reflect.Pointer:
		dst.Set(reflect.New(dst.Type().Elem()))
		d.value(path, v, dst.Elem())
	case reflect.String:
		if !v.IsString() {
			d.fail(path, "must be a string")
			return
		}
		dst.SetString(v.AsString())
	case reflect.Bool:
		if !v.IsBool() {
			d.fail(path, "must be true or false")
			return
		}
		dst.SetBool(v.AsBool())
	case reflect.Int64:
		if !v.IsNumber() || v.AsNumber() != math.Trunc(v.AsNumber()) {
			d.fail(path, "must be a whole number")
			return
		}
		dst.SetInt(int64(v.AsNumber()))
	case reflect.Struct:
		if !v.IsMap() {
			d.fail(path, "must be an object")
			return
		}
		d.object(path, v.AsMap(), dst)
	case reflect.Slice:
		d.list(path, v, dst)
	case reflect.Map:
		d.stringMap(path, v, dst)
	default:
		panic("docker: cannot decode into " + dst.Type().String())
	}
}

func (d *decoder) list(path string, v property.Value, dst reflect.Value) {
	if !v.IsArray() {
		d.fail(path, "must be a list")
		return
	}
	values := v.AsArray().AsSlice()
	dst.Set(reflect.MakeSlice(dst.Type(), len(values), len(values)))
	for i, element := range values {
		d.value(fmt.Sprintf("%s[%d]", path, i), element, dst.Index(i))
	}
}

func (d *decoder) stringMap(path string, v property.Value, dst reflect.Value) {
	if !v.IsMap() {
		d.fail(path, "must be an object")
		return
	}
	dst.Set(reflect.MakeMap(dst.Type()))
	for key, element := range v.AsMap().AllStable {
		if internal(key) {
			continue
		}
		value := reflect.New(dst.Type().Elem()).Elem()
		d.value(join(path, key), element, value)
		dst.SetMapIndex(reflect.ValueOf(key), value)
	}
}
