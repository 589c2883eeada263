package docker

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// recorded is what the official plugin 5.2.0 wrote into a stack: one resource of
// each form that the program declares (engine 20.10).
type recorded struct {
	Type, Name, ID  string
	Inputs, Outputs map[string]any
}

func officialState(t *testing.T) []recorded {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "official.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []recorded
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func (r recorded) urn() urn.URN { return urn.New("test", "t-prov", "", tokens.Type(r.Type), r.Name) }

// given is what the program gave: the stored inputs without the defaults.
func given(v any) any {
	switch v := v.(type) {
	case map[string]any:
		kept := map[string]any{}
		filled, _ := v[defaultsKey].([]any)
		for key, element := range v {
			noted := false
			for _, name := range filled {
				noted = noted || name == key
			}
			if key != defaultsKey && !noted {
				kept[key] = given(element)
			}
		}
		return kept
	case []any:
		kept := make([]any, len(v))
		for i, element := range v {
			kept[i] = given(element)
		}
		return kept
	default:
		return v
	}
}

// asGo undoes fromJSON; secrets are as good as what they hold.
func asGo(v property.Value) any {
	switch {
	case v.IsMap():
		m := map[string]any{}
		for key, element := range v.AsMap().All {
			m[key] = asGo(element)
		}
		return m
	case v.IsArray():
		list := []any{}
		for _, element := range v.AsArray().All {
			list = append(list, asGo(element))
		}
		return list
	case v.IsString():
		return v.AsString()
	case v.IsNumber():
		return v.AsNumber()
	case v.IsBool():
		return v.AsBool()
	default:
		return nil
	}
}

func storedBy(t *testing.T, r recorded, program map[string]any) property.Map {
	t.Helper()
	checked, err := New().Check(context.Background(), p.CheckRequest{
		Urn: r.urn(), State: fromJSON(r.Inputs).AsMap(), Inputs: fromJSON(program).AsMap(),
	})
	if err != nil || len(checked.Failures) > 0 {
		t.Fatalf("%s: %v %v", r.Name, err, checked.Failures)
	}
	return checked.Inputs
}

// atHome makes the context of the recorded image, in which paths are relative.
func atHome(t *testing.T) {
	t.Helper()
	t.Chdir(folder(t, map[string]string{
		"ctx/Dockerfile": "FROM debian:trixie-slim\nARG A=1\nLABEL a=$A\nCOPY f /f\n", "ctx/f": "hi\n",
	}))
}

// TestInputsAreStoredAsOfficially: defaults are filled in and noted as the
// official plugin does it, and an image's context has the digest that it has there.
func TestInputsAreStoredAsOfficially(t *testing.T) {
	all := officialState(t)
	atHome(t)
	for _, r := range all {
		if got := asGo(property.New(storedBy(t, r, given(r.Inputs).(map[string]any)))); !reflect.DeepEqual(got, any(r.Inputs)) {
			t.Errorf("%s %s:\n%v\nofficially\n%v", r.Type, r.Name, got, r.Inputs)
		}
	}
}

// TestAnOfficialStackIsUnchanged: what the official plugin stored is no change here.
func TestAnOfficialStackIsUnchanged(t *testing.T) {
	all := officialState(t)
	atHome(t)
	for _, r := range all {
		d, err := New().Diff(context.Background(), p.DiffRequest{
			Urn: r.urn(), ID: r.ID, State: fromJSON(r.Outputs).AsMap(), OldInputs: fromJSON(r.Inputs).AsMap(),
			Inputs: storedBy(t, r, given(r.Inputs).(map[string]any)),
		})
		if err != nil || d.HasChanges {
			t.Errorf("%s %s: %v %v", r.Type, r.Name, d.DetailedDiff, err)
		}
	}
}

// TestContextDigest pins the official plugin's digest of a context with all that
// a context can have: files left out, a program, a link, and names whose order
// within a folder is not that of their paths.
func TestContextDigest(t *testing.T) {
	root := folder(t, map[string]string{
		"context/Dockerfile": "FROM scratch\n", "context/.dockerignore": "left\n!left/kept\n",
		"context/left/kept": "k\n", "context/left/gone": "g\n", "context/a/b.txt": "b\n", "context/a.txt": "a\n",
		"context/run.sh": "#!/bin/sh\n",
	})
	t.Chdir(root)
	if err := os.Chmod("context/run.sh", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a.txt", "context/link"); err != nil {
		t.Fatal(err)
	}
	got, err := contextDigest(&dockerBuild{Context: "context"})
	if want := "966039389eb9e86ba9ed125a8ea7d660ced3ce16ab494bacb005f773ede8e759"; err != nil || got != want {
		t.Errorf("%s, officially %s (%v)", got, want, err)
	}
}

// renamed replaces texts, and numbers by others, anywhere in a value.
func renamed(v any, texts *strings.Replacer, numbers map[float64]float64) any {
	switch v := v.(type) {
	case map[string]any:
		m := map[string]any{}
		for key, element := range v {
			m[key] = renamed(element, texts, numbers)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, element := range v {
			list[i] = renamed(element, texts, numbers)
		}
		return list
	case string:
		return texts.Replace(v)
	case float64:
		if other, ok := numbers[v]; ok {
			return other
		}
	}
	return v
}

func freePort(t *testing.T) float64 {
	t.Helper()
	listener, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return float64(listener.Addr().(*net.TCPAddr).Port)
}

// decidedByEngine are the outputs that are other ones for each object.
var decidedByEngine = map[string]bool{
	"id": true, "hostname": true, "networkDatas": true, "options": true, "repoDigest": true, metaKey: true, "__inputs": true,
}

// unlike lists where two states differ; what is nothing (null, "", 0, false, an
// empty list) is the same for the official plugin, before and after a refresh of its own.
func unlike(path string, official, ours any) []string {
	none := func(v any) bool {
		switch v := v.(type) {
		case nil:
			return true
		case map[string]any:
			for _, element := range v {
				if element != nil {
					return false
				}
			}
			return true
		case []any:
			return len(v) == 0
		default:
			return reflect.ValueOf(v).IsZero()
		}
	}
	if none(official) && none(ours) {
		return nil
	}
	a, isMap := official.(map[string]any)
	b, _ := ours.(map[string]any)
	if isMap && b != nil {
		var found []string
		for key := range a {
			if !decidedByEngine[key] {
				found = append(found, unlike(path+"."+key, a[key], b[key])...)
			}
		}
		for key := range b {
			if _, ok := a[key]; !ok && !decidedByEngine[key] {
				found = append(found, unlike(path+"."+key, nil, b[key])...)
			}
		}
		return found
	}
	x, isList := official.([]any)
	y, _ := ours.([]any)
	if isList && len(x) == len(y) {
		// Sets have no order.
		for _, list := range [][]any{x, y} {
			sort.Slice(list, func(i, j int) bool { return fmt.Sprint(list[i]) < fmt.Sprint(list[j]) })
		}
		var found []string
		for i := range x {
			found = append(found, unlike(fmt.Sprintf("%s[%d]", path, i), x[i], y[i])...)
		}
		return found
	}
	if reflect.DeepEqual(official, ours) {
		return nil
	}
	return []string{fmt.Sprintf("%s: officially %v, here %v", path, official, ours)}
}

// TestStateIsStoredAsOfficially makes the recorded resources here, on a real
// engine: the stack then remembers what it remembers with the official plugin,
// and nothing of it changes by a refresh.
func TestStateIsStoredAsOfficially(t *testing.T) {
	b := newBench(t)
	all := officialState(t)
	atHome(t)
	own := unique("official")
	texts := []string{"t-prov-official", own, "semesterhub/t-prov:1", own + ":1"}
	for _, prefix := range []string{"10.22.32", "10.22.33"} {
		texts = append(texts, prefix, strings.TrimSuffix(subnet()["gateway"].(string), ".1"))
	}
	b.dropImage(own + ":1")
	numbers := map[float64]float64{19443: freePort(t), 19555: freePort(t)}
	for _, r := range all {
		there := strings.NewReplacer(texts...)
		program := renamed(given(r.Inputs), there, numbers).(map[string]any)
		o := &object{bench: b, urn: r.urn()}
		o.create(anyProps(program))
		for _, step := range []string{"made", "refreshed"} {
			official := renamed(r.Outputs, strings.NewReplacer(append(texts, r.ID, o.id)...), numbers)
			if name, ok := r.Inputs["name"].(string); ok && o.inputs.Get("name").IsString() {
				official.(map[string]any)["name"] = o.inputs.Get("name").AsString()
				texts = append(texts, name, o.inputs.Get("name").AsString())
			}
			for _, difference := range unlike(r.Name, official, asGo(property.New(o.state))) {
				t.Errorf("%s: %s", step, difference)
			}
			if !o.refresh() {
				t.Fatalf("%s is gone", r.Name)
			}
		}
		if digest := o.state.Get("repoDigest"); digest.IsString() {
			texts = append(texts, r.Outputs["repoDigest"].(string), digest.AsString())
		}
		texts = append(texts, r.ID, o.id)
	}
}

func anyProps(m map[string]any) props {
	out := props{}
	for key, v := range m {
		out[key] = fromJSON(v)
	}
	return out
}
