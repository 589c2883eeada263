package kit

import (
	"context"
	"fmt"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// Provider serves the resources of a table. It takes no configuration: a setting of the provider
// itself is refused by its name.
func Provider(pkg string, resources []Resource) p.Provider {
	table := map[string]*Resource{}
	for i := range resources {
		table[resources[i].Token] = &resources[i]
	}
	find := func(token string) (*Resource, error) {
		if r, ok := table[token]; ok {
			return r, nil
		}
		return nil, fmt.Errorf("the offline provider %q has no resource %q; install the official "+
			"Pulumi plugins to use it", pkg, token)
	}
	// The engine's Cancel ends what runs, so that an interrupted `up` does not wait for it.
	base, cancelAll := context.WithCancel(context.Background())
	cancellable := func(ctx context.Context) (context.Context, func()) {
		ctx, cancel := context.WithCancel(ctx)
		stop := context.AfterFunc(base, cancel)
		return ctx, func() {
			stop()
			cancel()
		}
	}
	return p.Provider{
		GetSchema: func(context.Context, p.GetSchemaRequest) (p.GetSchemaResponse, error) {
			text, err := schema(pkg, resources)
			return p.GetSchemaResponse{Schema: text}, err
		},
		CheckConfig: func(_ context.Context, req p.CheckRequest) (p.CheckResponse, error) {
			_, failures := checkFields("", nil, req.Inputs)
			return p.CheckResponse{Inputs: req.Inputs, Failures: failures}, nil
		},
		DiffConfig: func(context.Context, p.DiffRequest) (p.DiffResponse, error) {
			return p.DiffResponse{}, nil
		},
		Configure: func(context.Context, p.ConfigureRequest) error { return nil },
		Cancel: func(context.Context) error {
			cancelAll()
			return nil
		},
		Invoke: func(_ context.Context, req p.InvokeRequest) (p.InvokeResponse, error) {
			return p.InvokeResponse{}, fmt.Errorf("the offline provider %q has no function %q; "+
				"install the official Pulumi plugins to use it", pkg, req.Token)
		},
		Check: func(_ context.Context, req p.CheckRequest) (p.CheckResponse, error) {
			r, err := find(string(req.Urn.Type()))
			if err != nil {
				return p.CheckResponse{}, err
			}
			inputs, failures := r.check(req.Inputs)
			return p.CheckResponse{Inputs: inputs, Failures: failures}, nil
		},
		Diff: func(_ context.Context, req p.DiffRequest) (p.DiffResponse, error) {
			r, err := find(string(req.Urn.Type()))
			if err != nil {
				return p.DiffResponse{}, err
			}
			return r.diff(req), nil
		},
		Create: func(ctx context.Context, req p.CreateRequest) (p.CreateResponse, error) {
			r, err := find(string(req.Urn.Type()))
			if err != nil {
				return p.CreateResponse{}, err
			}
			ctx, done := cancellable(ctx)
			defer done()
			return r.create(ctx, req)
		},
		Read: func(ctx context.Context, req p.ReadRequest) (p.ReadResponse, error) {
			r, err := find(string(req.Urn.Type()))
			if err != nil {
				return p.ReadResponse{}, err
			}
			ctx, done := cancellable(ctx)
			defer done()
			return r.read(ctx, req)
		},
		Update: func(ctx context.Context, req p.UpdateRequest) (p.UpdateResponse, error) {
			r, err := find(string(req.Urn.Type()))
			if err != nil {
				return p.UpdateResponse{}, err
			}
			ctx, done := cancellable(ctx)
			defer done()
			return r.update(ctx, req)
		},
		Delete: func(ctx context.Context, req p.DeleteRequest) error {
			r, err := find(string(req.Urn.Type()))
			if err != nil || r.Delete == nil {
				return err
			}
			ctx, done := cancellable(ctx)
			defer done()
			return r.Delete(ctx, Request{
				ID: req.ID, Name: req.Urn.Name(),
				Inputs: r.filled(req.OldInputs), State: Values{req.Properties},
			})
		},
	}
}

func (r *Resource) filled(inputs property.Map) Values {
	return Values{withDefaults(r.Inputs, inputs)}
}

func (r *Resource) create(ctx context.Context, req p.CreateRequest) (p.CreateResponse, error) {
	if req.DryRun {
		return p.CreateResponse{Properties: r.state(req.Properties, nil, true)}, nil
	}
	result, err := r.Create(ctx, Request{
		Name: req.Urn.Name(), Inputs: r.filled(req.Properties),
	})
	if err != nil {
		return p.CreateResponse{}, err
	}
	return p.CreateResponse{
		ID: result.ID, Properties: r.state(req.Properties, result.Outputs, false),
	}, nil
}

func (r *Resource) update(ctx context.Context, req p.UpdateRequest) (p.UpdateResponse, error) {
	if r.Update == nil {
		return p.UpdateResponse{}, fmt.Errorf("%s cannot be updated in place", r.Token)
	}
	outputs := map[string]property.Value{}
	for _, out := range r.Outputs {
		if value, ok := req.State.GetOk(out.Name); ok && !(req.DryRun && out.Updated) {
			outputs[out.Name] = value
		}
	}
	if !req.DryRun {
		result, err := r.Update(ctx, Request{
			ID: req.ID, Name: req.Urn.Name(),
			Inputs: r.filled(req.Inputs), State: Values{req.State},
		})
		if err != nil {
			return p.UpdateResponse{}, err
		}
		for name, value := range result.Outputs {
			outputs[name] = value
		}
	}
	return p.UpdateResponse{Properties: r.state(req.Inputs, outputs, req.DryRun)}, nil
}

func (r *Resource) read(ctx context.Context, req p.ReadRequest) (p.ReadResponse, error) {
	if req.Properties.Len() == 0 {
		return p.ReadResponse{}, fmt.Errorf(
			"the offline provider cannot import or look up %s; install the official Pulumi plugins", r.Token)
	}
	response := p.ReadResponse{ID: req.ID, Properties: req.Properties, Inputs: req.Inputs}
	if r.Read == nil {
		return response, nil
	}
	changed, exists, err := r.Read(ctx, Request{
		ID: req.ID, Name: req.Urn.Name(), Inputs: r.filled(req.Inputs), State: Values{req.Properties},
	})
	if err != nil {
		return p.ReadResponse{}, err
	}
	if !exists {
		return p.ReadResponse{}, nil
	}
	for name, value := range changed {
		response.Properties = response.Properties.Set(name, value)
	}
	return response, nil
}
