package docker

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"reflect"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// defaultsKey is where Pulumi's own providers note which inputs they filled in.
const defaultsKey = "__defaults"

func (s *server) resource(u urn.URN) (resource, error) {
	token := string(u.Type())
	if r, ok := resources[token]; ok {
		return r, nil
	}
	return nil, fmt.Errorf("%s is not carried out by the offline docker provider; use the official plugin", token)
}

func (s *server) check(ctx context.Context, req p.CheckRequest) (p.CheckResponse, error) {
	r, err := s.resource(req.Urn)
	if err != nil {
		return p.CheckResponse{}, err
	}
	inputs := req.Inputs
	if r.traits().autoname && isEmpty(inputs.Get("name")) {
		name, err := autoname(req.Urn.Name(), req.State)
		if err != nil {
			return p.CheckResponse{}, err
		}
		inputs = inputs.Set("name", property.New(name)).Set(defaultsKey, encode([]string{"name"}))
	}
	inputs, failures := r.checkInputs(ctx, inputs)
	return p.CheckResponse{Inputs: inputs, Failures: failures}, nil
}

// autoname keeps the name that an earlier check made, and else makes one.
func autoname(name string, old property.Map) (string, error) {
	if made := old.Get(defaultsKey); made.IsArray() && made.AsArray().Len() > 0 && old.Get("name").IsString() {
		return old.Get("name").AsString(), nil
	}
	random := make([]byte, 4)
	if _, err := rand.Read(random); err != nil {
		return "", err
	}
	return name + "-" + hex.EncodeToString(random)[:7], nil
}

func (s *server) diff(_ context.Context, req p.DiffRequest) (p.DiffResponse, error) {
	r, err := s.resource(req.Urn)
	if err != nil {
		return p.DiffResponse{}, err
	}
	old := req.OldInputs
	if old.Len() == 0 {
		old = req.State
	}
	changes := diffInputs(r.inputs(), old, req.Inputs, r.traits().replaceAll)
	return p.DiffResponse{
		HasChanges:          len(changes) > 0,
		DetailedDiff:        changes,
		DeleteBeforeReplace: r.traits().deleteFirst || r.traits().autoname && nameStays(old, req.Inputs),
	}, nil
}

var nameField = field{name: "name", typ: reflect.TypeOf("")}

// nameStays tells a name that the program gave and gives again: its owner must
// go before there can be another.
func nameStays(old, new property.Map) bool {
	return isEmpty(new.Get(defaultsKey)) && new.Get("name").IsString() && equal(nameField, old.Get("name"), new.Get("name"))
}

func (s *server) create(ctx context.Context, req p.CreateRequest) (p.CreateResponse, error) {
	r, err := s.resource(req.Urn)
	if err != nil {
		return p.CreateResponse{}, err
	}
	if req.DryRun {
		return p.CreateResponse{Properties: state(r, req.Properties, r.knownOutputs(req.Properties))}, nil
	}
	ctx, cancel := s.operation(ctx, req.Timeout)
	defer cancel()
	e, err := s.connect(ctx)
	if err != nil {
		return p.CreateResponse{}, err
	}
	id, out, err := r.createIn(ctx, e, req.Properties)
	if err != nil {
		return p.CreateResponse{}, e.explain(err)
	}
	return p.CreateResponse{ID: id, Properties: state(r, req.Properties, out)}, nil
}

func (s *server) update(ctx context.Context, req p.UpdateRequest) (p.UpdateResponse, error) {
	r, err := s.resource(req.Urn)
	if err != nil {
		return p.UpdateResponse{}, err
	}
	if req.DryRun {
		out := outputs{}
		for _, name := range r.traits().computed {
			out[name] = req.State.Get(name)
		}
		for _, name := range r.traits().volatile {
			out[name] = property.New(property.Computed)
		}
		return p.UpdateResponse{Properties: state(r, req.Inputs, out)}, nil
	}
	ctx, cancel := s.operation(ctx, req.Timeout)
	defer cancel()
	e, err := s.connect(ctx)
	if err != nil {
		return p.UpdateResponse{}, err
	}
	old := req.OldInputs
	if old.Len() == 0 {
		old = req.State
	}
	out, err := r.updateIn(ctx, e, req.ID, req.Inputs, old)
	if err != nil {
		return p.UpdateResponse{}, e.explain(err)
	}
	return p.UpdateResponse{Properties: state(r, req.Inputs, out)}, nil
}

func (s *server) read(ctx context.Context, req p.ReadRequest) (p.ReadResponse, error) {
	r, err := s.resource(req.Urn)
	if err != nil {
		return p.ReadResponse{}, err
	}
	ctx, cancel := s.operation(ctx, 0)
	defer cancel()
	e, err := s.connect(ctx)
	if err != nil {
		return p.ReadResponse{}, err
	}
	id := req.ID
	if is := req.Properties.Get(r.traits().identity); is.IsString() {
		id = is.AsString()
	}
	inputs, out, found, err := r.readIn(ctx, e, id, req.Inputs)
	if err != nil {
		return p.ReadResponse{}, e.explain(err)
	}
	if !found {
		return p.ReadResponse{}, nil
	}
	return p.ReadResponse{ID: req.ID, Inputs: inputs, Properties: state(r, inputs, out)}, nil
}

func (s *server) delete(ctx context.Context, req p.DeleteRequest) error {
	r, err := s.resource(req.Urn)
	if err != nil {
		return err
	}
	ctx, cancel := s.operation(ctx, req.Timeout)
	defer cancel()
	e, err := s.connect(ctx)
	if err != nil {
		return err
	}
	inputs := req.OldInputs
	if inputs.Len() == 0 {
		inputs = req.Properties
	}
	return e.explain(r.deleteIn(ctx, e, req.ID, inputs))
}

// state is what the stack remembers of a resource: its inputs (secrets still
// secret) and its outputs, unknown where nothing says them.
func state(r resource, inputs property.Map, out outputs) property.Map {
	m := property.Map{}
	for key, value := range inputs.All {
		if !internal(key) {
			m = m.Set(key, value)
		}
	}
	for _, name := range r.traits().computed {
		value, said := out[name]
		if given, ok := m.GetOk(name); ok && !given.IsNull() {
			continue
		}
		if !said {
			m = m.Set(name, property.New(property.Computed))
			continue
		}
		m = m.Set(name, encode(value))
	}
	return m
}

// operation bounds one call: by the resource's own timeout, where it has one,
// and by the engine's cancel.
func (s *server) operation(ctx context.Context, seconds float64) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.running, cancel)
	if seconds <= 0 {
		return ctx, func() { stop(); cancel() }
	}
	ctx, expire := context.WithTimeout(ctx, time.Duration(seconds*float64(time.Second)))
	return ctx, func() { stop(); expire(); cancel() }
}
