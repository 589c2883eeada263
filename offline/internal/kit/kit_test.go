package kit_test

import (
	"context"
	"errors"
	"maps"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"semesterhub/offline/internal/kit"
	"semesterhub/offline/internal/kittest"
)

const token = "test:index:Thing"

func provider() p.Provider {
	return kit.Provider("test", []kit.Resource{{
		Token: token,
		Inputs: []kit.Input{
			{Name: "name", Required: true},
			{Name: "size", Type: kit.Integer, Default: 3, Change: kit.Updates},
			{Name: "kind", OneOf: []string{"a", "b"}, Default: "a"},
			{Name: "tags", Type: kit.StringMap, Change: kit.Updates},
			{Name: "list", Type: kit.Strings, Change: kit.Updates},
			{Name: "login", Type: kit.Object, Secret: true, Change: kit.Updates, Fields: []kit.Input{
				{Name: "user", Default: "root"}, {Name: "port", Type: kit.Integer, Required: true},
			}},
			{Name: "old", Refused: "is no more; use `name`"},
		},
		Outputs: []kit.Output{
			{Name: "token", Secret: true}, {Name: "count", Type: kit.Integer, Updated: true},
		},
		SecretFrom: []string{"tags"},
		Create: func(_ context.Context, req kit.Request) (kit.Result, error) {
			if req.Inputs.String("name") == "bad" {
				return kit.Result{}, errors.New("a bad name")
			}
			return kit.Result{ID: "id", Outputs: map[string]property.Value{
				"token": kit.Text("t"), "count": property.New(float64(req.Inputs.Int("size"))),
			}}, nil
		},
		Update: func(_ context.Context, req kit.Request) (kit.Result, error) {
			return kit.Result{Outputs: map[string]property.Value{
				"count": property.New(float64(req.Inputs.Int("size"))),
			}}, nil
		},
	}})
}

func TestCheckNamesWhatIsWrong(t *testing.T) {
	r := kittest.New(t, provider(), token)
	for name, test := range map[string]struct {
		inputs map[string]any
		want   map[string]string
	}{
		"missing":  {map[string]any{}, map[string]string{"name": "is required and was not given"}},
		"null":     {map[string]any{"name": nil}, map[string]string{"name": "is required and was not given"}},
		"type":     {map[string]any{"name": 3}, map[string]string{"name": "must be a string"}},
		"fraction": {map[string]any{"name": "x", "size": 1.5}, map[string]string{"size": "must be a whole number"}},
		"choice": {map[string]any{"name": "x", "kind": "c"},
			map[string]string{"kind": `must be one of a, b; it is "c"`}},
		"item":   {map[string]any{"name": "x", "list": []any{1}}, map[string]string{"list": "must be a list of strings"}},
		"map":    {map[string]any{"name": "x", "tags": map[string]any{"a": true}}, map[string]string{"tags": "must be a map of strings"}},
		"nested": {map[string]any{"name": "x", "login": map[string]any{}}, map[string]string{"login.port": "is required and was not given"}},
		"refused": {map[string]any{"name": "x", "old": "y"},
			map[string]string{"old": "is no more; use `name`"}},
		"unheard of": {map[string]any{"name": "x", "nme": "y"},
			map[string]string{"nme": "is not an input that this provider carries out"}},
		"nested unheard of": {map[string]any{"name": "x", "login": map[string]any{"port": 1, "x": 2}},
			map[string]string{"login.x": "is not an input that this provider carries out"}},
		"two": {map[string]any{"size": "x"}, map[string]string{
			"name": "is required and was not given", "size": "must be a whole number"}},
		"unknown is fine": {map[string]any{"name": kittest.Unknown(), "size": kittest.Unknown(),
			"list": []any{kittest.Unknown()}}, map[string]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, failures := r.Check(test.inputs); !maps.Equal(failures, test.want) {
				t.Errorf("got %v, want %v", failures, test.want)
			}
		})
	}
}

func TestCheckKeepsInputsAndMarksSecrets(t *testing.T) {
	r := kittest.New(t, provider(), token)
	stored := r.MustCheck(map[string]any{
		"name": "x", "login": map[string]any{"port": 1}, "__defaults": []any{}, "list": nil,
	})
	want := kittest.Map(map[string]any{
		"name": "x", "login": kittest.Secret(map[string]any{"port": 1}),
	})
	if !stored.Equals(want) {
		t.Errorf("got %#v", stored)
	}
}

func TestPreviewShowsInputsAndUnknownOutputs(t *testing.T) {
	r := kittest.New(t, provider(), token)
	state := r.Preview(map[string]any{"name": kittest.Unknown()})
	if !state.Get("name").IsComputed() || state.Get("size").AsNumber() != 3 {
		t.Errorf("inputs: %#v", state)
	}
	if token := state.Get("token"); !token.IsComputed() || !token.Secret() {
		t.Errorf("token: %#v", token)
	}
	if count := state.Get("count"); !count.IsComputed() || count.Secret() {
		t.Errorf("count: %#v", count)
	}
}

func TestCreateAndUpdate(t *testing.T) {
	r := kittest.New(t, provider(), token)
	r.MustCreate(map[string]any{"name": "x"})
	if r.ID != "id" || !r.State.Get("token").Secret() || r.State.Get("count").Secret() {
		t.Errorf("%s: %#v", r.ID, r.State)
	}
	preview := r.PreviewUpdate(map[string]any{"name": "x", "size": 4})
	if !preview.Get("count").IsComputed() || preview.Get("token").IsComputed() {
		t.Errorf("preview of an update: %#v", preview)
	}
	r.Update(map[string]any{"name": "x", "size": 4})
	if r.State.Get("count").AsNumber() != 4 || r.Text("token") != "t" ||
		!r.State.Get("token").Secret() {
		t.Errorf("updated: %#v", r.State)
	}
	if err := kittest.New(t, provider(), token).Create(map[string]any{"name": "bad"}); err == nil {
		t.Error("no error")
	}
}

func TestSecretsFlowFromNamedInputs(t *testing.T) {
	r := kittest.New(t, provider(), token)
	r.MustCreate(map[string]any{"name": "x", "tags": map[string]any{"a": kittest.Secret("s")}})
	if !r.State.Get("count").Secret() {
		t.Error("count is no secret")
	}
	plain := kittest.New(t, provider(), token)
	plain.MustCreate(map[string]any{"name": kittest.Secret("x")})
	if plain.State.Get("count").Secret() || !plain.State.Get("name").Secret() {
		t.Error("a secret where none should be, or none where one should")
	}
}

func TestDiff(t *testing.T) {
	r := kittest.New(t, provider(), token)
	r.MustCreate(map[string]any{"name": "x", "list": []any{"a"}, "login": map[string]any{"port": 1}})
	same := func(more map[string]any) map[string]any {
		inputs := map[string]any{"name": "x", "list": []any{"a"}, "login": map[string]any{"port": 1}}
		maps.Copy(inputs, more)
		return inputs
	}
	for name, test := range map[string]struct {
		change map[string]any
		want   map[string]p.DiffKind
	}{
		"nothing":           {nil, map[string]p.DiffKind{}},
		"a default given":   {map[string]any{"size": 3, "kind": "a"}, map[string]p.DiffKind{}},
		"a nested default":  {map[string]any{"login": map[string]any{"port": 1, "user": "root"}}, map[string]p.DiffKind{}},
		"secretness alone":  {map[string]any{"name": kittest.Secret("x")}, map[string]p.DiffKind{}},
		"replaces":          {map[string]any{"name": "y"}, map[string]p.DiffKind{"name": p.UpdateReplace}},
		"updates":           {map[string]any{"size": 4}, map[string]p.DiffKind{"size": p.Update}},
		"added":             {map[string]any{"tags": map[string]any{"a": "b"}}, map[string]p.DiffKind{"tags": p.Add}},
		"removed":           {map[string]any{"list": nil}, map[string]p.DiffKind{"list": p.Delete}},
		"nested":            {map[string]any{"login": map[string]any{"port": 2}}, map[string]p.DiffKind{"login": p.Update}},
		"unknown":           {map[string]any{"name": kittest.Unknown()}, map[string]p.DiffKind{"name": p.UpdateReplace}},
		"unknown to update": {map[string]any{"size": kittest.Unknown()}, map[string]p.DiffKind{"size": p.Update}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := r.Diff(same(test.change)); !maps.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestUnknownResourceAndProviderSettings(t *testing.T) {
	stranger := provider()
	_, err := stranger.Check(t.Context(), p.CheckRequest{Urn: "urn:pulumi:s::p::test:index:Other::x"})
	if err == nil {
		t.Error("an unknown resource is accepted")
	}
	response, err := stranger.CheckConfig(t.Context(), p.CheckRequest{
		Inputs: kittest.Map(map[string]any{"proxy": "x", "version": "1.0.0"}),
	})
	if err != nil || len(response.Failures) != 1 || response.Failures[0].Property != "proxy" {
		t.Errorf("%v %v", response, err)
	}
}
