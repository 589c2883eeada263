package docker

import (
	"reflect"
	"strings"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// diffInputs compares two sets of inputs of the struct type t, path by path.
// What it says nothing about is the same. all makes every change a replacement.
func diffInputs(t reflect.Type, old, new property.Map, all bool) map[string]p.PropertyDiff {
	changes := map[string]p.PropertyDiff{}
	diffObject(t, "", old, new, all, changes)
	return changes
}

func diffObject(t reflect.Type, path string, old, new property.Map, replace bool, changes map[string]p.PropertyDiff) {
	for _, f := range fieldsOf(t) {
		before, after := old.Get(f.name), new.Get(f.name)
		at := join(path, f.name)
		if elem := plain(f.typ); elem.Kind() == reflect.Struct && elem != refusedType &&
			!before.IsComputed() && !after.IsComputed() {
			diffObject(elem, at, asMap(before), asMap(after), replace || f.replace, changes)
			continue
		}
		if !f.quiet && !equal(f, before, after) {
			changes[at] = p.PropertyDiff{Kind: kindOf(before, after, replace || f.replace), InputDiff: true}
		}
	}
}

func asMap(v property.Value) property.Map {
	if v.IsMap() {
		return v.AsMap()
	}
	return property.Map{}
}

func kindOf(before, after property.Value, replace bool) p.DiffKind {
	kind := p.Update
	switch {
	case isEmpty(before):
		kind = p.Add
	case isEmpty(after):
		kind = p.Delete
	}
	if replace {
		kind += "&replace"
	}
	return kind
}

// isEmpty tells a value that asks for nothing: absent, or a list or object with
// nothing in it.
func isEmpty(v property.Value) bool {
	return v.IsNull() || v.IsArray() && v.AsArray().Len() == 0 || v.IsMap() && v.AsMap().Len() == 0
}

// equal compares two values of one field: what they ask of the engine, not how
// they are written, and not whether they are secret.
func equal(f field, a, b property.Value) bool {
	if isEmpty(a) || isEmpty(b) {
		return isEmpty(a) && isEmpty(b)
	}
	if a.IsComputed() || b.IsComputed() {
		return false
	}
	t := plain(f.typ)
	switch {
	case t.Kind() == reflect.Struct && a.IsMap() && b.IsMap():
		for _, inner := range fieldsOf(t) {
			if !equal(inner, a.AsMap().Get(inner.name), b.AsMap().Get(inner.name)) {
				return false
			}
		}
		return true
	case a.IsMap() && b.IsMap():
		return equalMaps(a.AsMap(), b.AsMap())
	case a.IsArray() && b.IsArray():
		element := field{typ: t.Elem()}
		_, rest := match(f.set, a.AsArray().AsSlice(), b.AsArray().AsSlice(), func(x, y property.Value) bool {
			return equal(element, x, y)
		})
		return a.AsArray().Len() == b.AsArray().Len() && len(rest) == 0
	case a.IsString() && b.IsString():
		return equalStrings(f, a.AsString(), b.AsString())
	default:
		return a.WithSecret(false).WithDependencies(nil).Equals(b.WithSecret(false).WithDependencies(nil))
	}
}

func equalMaps(a, b property.Map) bool {
	text := field{typ: reflect.TypeOf("")}
	for key, v := range a.All {
		if !internal(key) && !equal(text, v, b.Get(key)) {
			return false
		}
	}
	for key := range b.All {
		if _, ok := a.GetOk(key); !ok && !internal(key) {
			return false
		}
	}
	return true
}

func equalStrings(f field, a, b string) bool {
	if a == b {
		return true
	}
	if f.duration {
		x, errX := time.ParseDuration(a)
		y, errY := time.ParseDuration(b)
		return errX == nil && errY == nil && x == y
	}
	return f.image && sameImage(a, b)
}

// match pairs the elements of two lists, in order or (for a set) in any, and
// gives which of the first have a partner and what is left of the second.
func match(set bool, a, b []property.Value, same func(x, y property.Value) bool) (matched []bool, rest []property.Value) {
	matched = make([]bool, len(a))
	used := make([]bool, len(b))
	for i, x := range a {
		for j, y := range b {
			if used[j] || !set && i != j || !same(x, y) {
				continue
			}
			matched[i], used[j] = true, true
			break
		}
	}
	for j, y := range b {
		if !used[j] {
			rest = append(rest, y)
		}
	}
	return matched, rest
}

// sameImage compares image references the way the engine reads them: with the
// default registry and tag left out or not, and without the digest that Swarm
// pins to a reference that had none.
func sameImage(a, b string) bool {
	normal := func(s string) (string, string) {
		s = strings.TrimPrefix(strings.TrimPrefix(s, "docker.io/"), "library/")
		name, digest, _ := strings.Cut(s, "@")
		if digest == "" && strings.HasPrefix(name, "sha256:") {
			return "", name
		}
		if !strings.Contains(name[strings.LastIndex(name, "/")+1:], ":") {
			name += ":latest"
		}
		return name, digest
	}
	nameA, digestA := normal(a)
	nameB, digestB := normal(b)
	return nameA == nameB && (digestA == digestB || digestA == "" || digestB == "")
}
