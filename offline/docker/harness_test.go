package docker

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// base is the image that tests run; it is on every engine of this project.
const base = "debian:trixie-slim"

// props is a property map as a test writes it.
type props = map[string]any

// bench is a provider under test.
type bench struct {
	t        *testing.T
	provider p.Provider
}

// newBench makes a provider for the local engine, or skips where there is none.
func newBench(t *testing.T) *bench {
	t.Helper()
	if os.Getenv("DOCKER_HOST") == "" {
		if _, err := os.Stat("/var/run/docker.sock"); err != nil {
			t.Skip("no Docker engine: neither DOCKER_HOST nor /var/run/docker.sock")
		}
	}
	b := &bench{t: t, provider: New()}
	if err := b.provider.Configure(context.Background(), p.ConfigureRequest{}); err != nil {
		t.Fatal(err)
	}
	return b
}

// engine is a client of the bench's engine, to look at things from outside.
func (b *bench) engine() *engine {
	b.t.Helper()
	e, err := (&server{}).connect(context.Background())
	if err != nil {
		b.t.Fatal(err)
	}
	return e
}

// unique is a name that only this run of this test uses.
func unique(thing string) string {
	random := make([]byte, 3)
	_, _ = rand.Read(random)
	return "t-prov-" + thing + "-" + hex.EncodeToString(random)
}

// values turns what a test wrote into a property map.
func values(m props) property.Map {
	if m == nil {
		return property.Map{}
	}
	return value(m).AsMap()
}

func value(v any) property.Value {
	switch v := v.(type) {
	case props:
		m := map[string]property.Value{}
		for key, element := range v {
			m[key] = value(element)
		}
		return property.New(property.NewMap(m))
	case []any:
		list := make([]property.Value, len(v))
		for i, element := range v {
			list[i] = value(element)
		}
		return property.New(property.NewArray(list))
	default:
		return encode(v)
	}
}

var unknown = property.New(property.Computed)

// object is a resource under test, with what a stack would remember of it.
type object struct {
	*bench
	urn    urn.URN
	id     string
	inputs property.Map
	state  property.Map
	gone   bool
}

func (b *bench) object(kind, name string) *object {
	lower := strings.ToLower(kind[:1]) + kind[1:]
	token := tokens.Type(fmt.Sprintf("docker:index/%s:%s", lower, kind))
	return &object{bench: b, urn: urn.New("test", "t-prov", "", token, name)}
}

// check runs inputs through check and wants no failure.
func (o *object) check(m props) property.Map {
	o.t.Helper()
	inputs, failures := o.tryCheck(m)
	if len(failures) > 0 {
		o.t.Fatalf("check: %v", failures)
	}
	return inputs
}

func (o *object) tryCheck(m props) (property.Map, []p.CheckFailure) {
	o.t.Helper()
	r, err := o.provider.Check(context.Background(), p.CheckRequest{Urn: o.urn, State: o.inputs, Inputs: values(m)})
	if err != nil {
		o.t.Fatal(err)
	}
	return r.Inputs, r.Failures
}

// create makes the resource, and has it removed when the test is over.
func (o *object) create(m props) *object {
	o.t.Helper()
	if err := o.tryCreate(m); err != nil {
		o.t.Fatalf("create %s: %v", o.urn.Name(), err)
	}
	return o
}

func (o *object) tryCreate(m props) error {
	o.t.Helper()
	inputs := o.check(m)
	r, err := o.provider.Create(context.Background(), p.CreateRequest{Urn: o.urn, Properties: inputs})
	if err != nil {
		return err
	}
	o.id, o.inputs, o.state, o.gone = r.ID, inputs, r.Properties, false
	o.t.Cleanup(func() {
		if !o.gone {
			if err := o.tryDelete(); err != nil {
				o.t.Errorf("clean up %s: %v", o.urn.Name(), err)
			}
		}
	})
	return nil
}

func (o *object) tryDelete() error {
	err := o.provider.Delete(context.Background(), p.DeleteRequest{
		Urn: o.urn, ID: o.id, Properties: o.state, OldInputs: o.inputs,
	})
	o.gone = err == nil
	return err
}

func (o *object) delete() {
	o.t.Helper()
	if err := o.tryDelete(); err != nil {
		o.t.Fatalf("delete %s: %v", o.urn.Name(), err)
	}
}

// diff compares with what the stack remembers.
func (o *object) diff(m props) p.DiffResponse {
	o.t.Helper()
	r, err := o.provider.Diff(context.Background(), p.DiffRequest{
		Urn: o.urn, ID: o.id, State: o.state, OldInputs: o.inputs, Inputs: o.check(m),
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return r
}

// wantSame fails if the same program would change anything.
func (o *object) wantSame(m props) {
	o.t.Helper()
	if d := o.diff(m); d.HasChanges {
		o.t.Errorf("%s: the same inputs are a change: %v", o.urn.Name(), d.DetailedDiff)
	}
}

func (o *object) tryUpdate(m props) error {
	o.t.Helper()
	inputs := o.check(m)
	r, err := o.provider.Update(context.Background(), p.UpdateRequest{
		Urn: o.urn, ID: o.id, State: o.state, OldInputs: o.inputs, Inputs: inputs,
	})
	if err == nil {
		o.inputs, o.state = inputs, r.Properties
	}
	return err
}

func (o *object) update(m props) {
	o.t.Helper()
	if err := o.tryUpdate(m); err != nil {
		o.t.Fatalf("update %s: %v", o.urn.Name(), err)
	}
}

// refresh reads the resource, as `pulumi refresh` would; false: it is gone.
func (o *object) refresh() bool {
	o.t.Helper()
	r, err := o.provider.Read(context.Background(), p.ReadRequest{
		Urn: o.urn, ID: o.id, Properties: o.state, Inputs: o.inputs,
	})
	if err != nil {
		o.t.Fatalf("read %s: %v", o.urn.Name(), err)
	}
	if r.ID == "" {
		o.gone = true
		return false
	}
	o.inputs, o.state = r.Inputs, r.Properties
	return true
}

// steady wants no change after a creation and none after a refresh.
func (o *object) steady(m props) {
	o.t.Helper()
	o.wantSame(m)
	if !o.refresh() {
		o.t.Fatalf("%s: gone after its creation", o.urn.Name())
	}
	o.wantSame(m)
}

// preview is what a preview of its creation says.
func (o *object) preview(m props) property.Map {
	o.t.Helper()
	r, err := o.provider.Create(context.Background(), p.CreateRequest{Urn: o.urn, Properties: o.check(m), DryRun: true})
	if err != nil {
		o.t.Fatal(err)
	}
	return r.Properties
}

// with is a map with some keys changed; nil takes a key away.
func with(m props, changes props) props {
	out := props{}
	for key, v := range m {
		out[key] = v
	}
	for key, v := range changes {
		if out[key] = v; v == nil {
			delete(out, key)
		}
	}
	return out
}

// wantError wants an error that says all of this.
func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; wanted one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error lacks %q: %v", part, err)
		}
	}
}

// eventually looks until something is so, for as long as a slow machine needs.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-deadline:
			t.Fatalf("never: %s", what)
		case <-tick.C:
		}
	}
}
