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
	return p.CheckResponse{Inputs: r.withDefaults(inputs), Failures: failures}, nil
}

// autoname keeps the name that an earlier check made, and else makes one.
func autoname(name string, old property.Map) (string, error) {
	if isFilled(old, "name") && old.Get("name").IsString() {
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
	// An earlier version of this provider stored no defaults.
	changes := diffInputs(r.inputs(), r.withDefaults(old), r.withDefaults(req.Inputs), r.traits().replaceAll)
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
	return !isFilled(new, "name") && new.Get("name").IsString() && equal(nameField, old.Get("name"), new.Get("name"))
}

func (s *server) create(ctx context.Context, req p.CreateRequest) (p.CreateResponse, error) {
	r, err := s.resource(req.Urn)
	if err != nil {
		return p.CreateResponse{}, err
	}
	if req.DryRun {
		return p.CreateResponse{Properties: r.remembered(req.Properties, sight{out: r.knownOutputs(req.Properties)})}, nil
	}
	ctx, cancel := s.operation(ctx, req.Timeout)
	defer cancel()
	e, err := s.connect(ctx)
	if err != nil {
		return p.CreateResponse{}, err
	}
	id, seen, err := r.createIn(ctx, e, req.Properties)
	if err != nil {
		return p.CreateResponse{}, e.explain(err)
	}
	return p.CreateResponse{ID: id, Properties: r.remembered(req.Properties, seen)}, nil
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
		return p.UpdateResponse{Properties: r.remembered(req.Inputs, sight{out: out})}, nil
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
	seen, err := r.updateIn(ctx, e, req.ID, req.Inputs, old)
	if err != nil {
		return p.UpdateResponse{}, e.explain(err)
	}
	return p.UpdateResponse{Properties: r.remembered(req.Inputs, seen)}, nil
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
	inputs, seen, found, err := r.readIn(ctx, e, id, req.Inputs)
	if err != nil {
		return p.ReadResponse{}, e.explain(err)
	}
	if !found {
		return p.ReadResponse{}, nil
	}
	return p.ReadResponse{ID: req.ID, Inputs: inputs, Properties: r.remembered(inputs, seen)}, nil
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
