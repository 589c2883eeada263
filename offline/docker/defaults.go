package docker

import (
	"reflect"
	"sort"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// defaultsKey is where Pulumi's own providers note which inputs they filled in.
const defaultsKey = "__defaults"

// withDefaults fills in what was not given and has a default, at any depth, as
// the official plugin does and notes it: the stack of one kind of plugin is then
// the stack of the other.
func withDefaults(t reflect.Type, m property.Map) property.Map {
	filled := []string{}
	for _, f := range fieldsOf(t) {
		v, given := m.GetOk(f.name)
		given = given && !v.IsNull()
		switch {
		case !given && f.standard != "":
			m = m.Set(f.name, standardOf(f))
			filled = append(filled, f.name)
		case given:
			m = m.Set(f.name, defaultsWithin(plain(f.typ), v))
		}
	}
	if before := m.Get(defaultsKey); before.IsArray() {
		for _, name := range before.AsArray().All {
			filled = append(filled, name.AsString())
		}
	}
	sort.Strings(filled)
	return m.Set(defaultsKey, encode(filled))
}

// defaultsWithin does so for an object, or each object of a list.
func defaultsWithin(t reflect.Type, v property.Value) property.Value {
	switch {
	case t.Kind() == reflect.Struct && t != refusedType && v.IsMap():
		return property.WithGoValue(v, withDefaults(t, v.AsMap()))
	case t.Kind() == reflect.Slice && v.IsArray():
		values := v.AsArray().AsSlice()
		for i, element := range values {
			values[i] = defaultsWithin(plain(t.Elem()), element)
		}
		return property.WithGoValue(v, property.NewArray(values))
	default:
		return v
	}
}

func standardOf(f field) property.Value {
	switch plain(f.typ).Kind() {
	case reflect.Bool:
		return property.New(f.standard == "true")
	case reflect.Int64:
		number, err := strconv.ParseInt(f.standard, 0, 64)
		if err != nil {
			panic("docker: the default of " + f.name + " is no number")
		}
		return property.New(float64(number))
	default:
		return property.New(f.standard)
	}
}

// isFilled tells whether a default stands for this input.
func isFilled(m property.Map, name string) bool {
	if filled := m.Get(defaultsKey); filled.IsArray() {
		for _, one := range filled.AsArray().All {
			if one.IsString() && one.AsString() == name {
				return true
			}
		}
	}
	return false
}
