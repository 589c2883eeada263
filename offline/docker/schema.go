package docker

import (
	"reflect"
	"strings"
)

// refused is the type of an input that the official provider has and this one
// does not carry out: giving it is an error that names it.
type refused struct{}

var refusedType = reflect.TypeOf(refused{})

// field is one named property of an input struct, as its tag tells it:
//
//	`docker:"name[,option…]"`
//
// required: must be given. replace: a change replaces the resource. set: order
// does not matter. duration: "1m" and "60s" are the same. secret: always
// secret. quiet: a change alone changes nothing. image: "debian" and "docker.io/library/debian:latest" are the same.
// default=VALUE: what the official plugin writes into the stack where nothing is given.
type field struct {
	name     string
	index    int
	typ      reflect.Type
	required bool
	replace  bool
	set      bool
	duration bool
	secret   bool
	image    bool
	quiet    bool
	standard string
}

// fieldsOf reads the tags of a struct type.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for i := range t.NumField() {
		tag, ok := t.Field(i).Tag.Lookup("docker")
		if !ok {
			continue
		}
		parts := strings.Split(tag, ",")
		f := field{name: parts[0], index: i, typ: t.Field(i).Type}
		for _, option := range parts[1:] {
			if value, ok := strings.CutPrefix(option, "default="); ok {
				f.standard = value
				continue
			}
			switch option {
			case "required":
				f.required = true
			case "replace":
				f.replace = true
			case "set":
				f.set = true
			case "duration":
				f.duration = true
			case "secret":
				f.secret = true
			case "image":
				f.image = true
			case "quiet":
				f.quiet = true
			default:
				panic("docker: unknown option " + option + " in the tag of " + t.String())
			}
		}
		fields = append(fields, f)
	}
	return fields
}

// fieldNamed finds a property of a struct type by its name.
func fieldNamed(t reflect.Type, name string) (field, bool) {
	for _, f := range fieldsOf(t) {
		if f.name == name {
			return f, true
		}
	}
	return field{}, false
}

// plain strips the pointer of an optional type.
func plain(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// internal tells the keys that the engine or the framework keeps for itself.
func internal(key string) bool { return strings.HasPrefix(key, "__") }
