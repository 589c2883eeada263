package docker

import (
	"context"
	"fmt"
	"reflect"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// definition is one kind of resource: its inputs as the struct I, and what to
// do with them. What it leaves nil it does not have.
type definition[I any] struct {
	// computed names the outputs that the engine decides and no input gives.
	computed []string
	// volatile names the outputs that an update makes anew.
	volatile []string
	// autoname gives a resource without a name one of its own.
	autoname bool
	// replaceAll makes every change a replacement.
	replaceAll bool
	// identity is the output that says what the resource is at present, where its
	// id only says what it once was.
	identity string
	// takeOver keeps a leftover of an interrupted run, instead of making it again.
	takeOver bool
	// deleteFirst deletes the old one before the new one is made.
	deleteFirst bool
	// meta is what the official plugin keeps beside the properties of a resource that
	// it has from Terraform; without it, it takes the state for one of an older schema.
	// Empty: the resource is Pulumi's own, which has neither that nor noted defaults.
	meta string
	// native resources are Pulumi's own in the official plugin, not Terraform's: no
	// defaults are noted in them.
	native bool

	check func(ctx context.Context, in *I, inputs property.Map) (property.Map, []p.CheckFailure)
	known func(in *I) outputs
	// state is what the stack remembers. Default: what the engine has, in the words of the inputs.
	state  func(inputs property.Map, out outputs) property.Map
	create func(ctx context.Context, e *engine, in *I) (id string, out outputs, err error)
	update func(ctx context.Context, e *engine, id string, in, old *I) (outputs, error)
	delete func(ctx context.Context, e *engine, id string, in *I) error
	// identify gives the id of what has a name; without it there are no leftovers.
	identify func(ctx context.Context, e *engine, name string) (string, error)
	// read looks at the engine and gives the inputs as they are there (nil: the
	// resource is gone). drift are inputs to show as changed though not given.
	read func(ctx context.Context, e *engine, id string, in *I) (live *I, out, drift outputs, err error)
}

// resource is a definition without its type parameter.
type resource interface {
	inputs() reflect.Type
	traits() traits
	checkInputs(ctx context.Context, inputs property.Map) (property.Map, []p.CheckFailure)
	withDefaults(inputs property.Map) property.Map
	remembered(inputs property.Map, s sight) property.Map
	knownOutputs(inputs property.Map) outputs
	createIn(ctx context.Context, e *engine, inputs property.Map) (string, sight, error)
	updateIn(ctx context.Context, e *engine, id string, inputs, old property.Map) (sight, error)
	deleteIn(ctx context.Context, e *engine, id string, inputs property.Map) error
	readIn(ctx context.Context, e *engine, id string, inputs property.Map) (property.Map, sight, bool, error)
}

// sight is what was seen of a resource: what the engine has in the words of the
// inputs (nothing, where it was not asked), and the outputs that no input gives.
type sight struct {
	live property.Map
	out  outputs
}

type traits struct {
	identity, meta                    string
	computed, volatile                []string
	autoname, replaceAll, deleteFirst bool
}

func (d definition[I]) inputs() reflect.Type { return reflect.TypeFor[I]() }

func (d definition[I]) traits() traits {
	return traits{d.identity, d.meta, d.computed, d.volatile, d.autoname, d.replaceAll, d.deleteFirst}
}

func (d definition[I]) checkInputs(ctx context.Context, inputs property.Map) (property.Map, []p.CheckFailure) {
	in := new(I)
	failures := decode(inputs, in)
	failures = append(failures, checkDurations(d.inputs(), "", inputs)...)
	inputs = markSecrets(d.inputs(), inputs)
	if len(failures) > 0 || d.check == nil {
		return inputs, failures
	}
	return d.check(ctx, in, inputs)
}

// markSecrets makes secret what is so by its nature, whoever gave it.
func markSecrets(t reflect.Type, m property.Map) property.Map {
	for _, f := range fieldsOf(t) {
		v := m.Get(f.name)
		switch elem := plain(f.typ); {
		case v.IsNull():
		case f.secret:
			m = m.Set(f.name, v.WithSecret(true))
		case elem.Kind() == reflect.Struct && v.IsMap():
			m = m.Set(f.name, property.WithGoValue(v, markSecrets(elem, v.AsMap())))
		}
	}
	return m
}

// checkDurations finds durations that are none, before the engine would.
func checkDurations(t reflect.Type, path string, m property.Map) []p.CheckFailure {
	var failures []p.CheckFailure
	for _, f := range fieldsOf(t) {
		v := m.Get(f.name)
		switch elem := plain(f.typ); {
		case f.duration && v.IsString():
			if d, err := time.ParseDuration(v.AsString()); err != nil || d < 0 {
				failures = append(failures, p.CheckFailure{Property: join(path, f.name),
					Reason: fmt.Sprintf("%q is not a duration such as \"10s\" or \"1m30s\"", v.AsString())})
			}
		case elem.Kind() == reflect.Struct && v.IsMap():
			failures = append(failures, checkDurations(elem, join(path, f.name), v.AsMap())...)
		}
	}
	return failures
}

func (d definition[I]) knownOutputs(inputs property.Map) outputs {
	if d.known == nil {
		return nil
	}
	in := new(I)
	decode(inputs, in)
	return d.known(in)
}

func (d definition[I]) withDefaults(inputs property.Map) property.Map {
	if d.native {
		return inputs
	}
	return withDefaults(d.inputs(), inputs)
}

func (d definition[I]) createIn(ctx context.Context, e *engine, inputs property.Map) (string, sight, error) {
	in := new(I)
	if err := decodeKnown(inputs, in); err != nil {
		return "", sight{}, err
	}
	id, out, err := d.create(ctx, e, in)
	if err != nil {
		id, out, err = d.resume(ctx, e, inputs, in, err)
	}
	if err != nil {
		return "", sight{}, err
	}
	return id, d.look(ctx, e, id, in, out), nil
}

// look reads what was just made or changed, for the stack to remember. What it
// can't see any more (a container that removes itself) is as it was asked for.
func (d definition[I]) look(ctx context.Context, e *engine, id string, in *I, made outputs) sight {
	if d.state != nil {
		return sight{out: made}
	}
	live, out, _, err := d.read(ctx, e, id, in)
	if err != nil || live == nil {
		return sight{out: made}
	}
	if out == nil {
		out = outputs{}
	}
	for name, value := range made {
		out[name] = value
	}
	return sight{encode(live).AsMap(), out}
}

func (d definition[I]) updateIn(
	ctx context.Context, e *engine, id string, inputs, old property.Map,
) (sight, error) {
	if d.update == nil {
		return sight{}, fmt.Errorf("this resource cannot be changed in place")
	}
	in, before := new(I), new(I)
	if err := decodeKnown(inputs, in); err != nil {
		return sight{}, err
	}
	// What an earlier version of the provider wrote may not decode whole: the
	// old inputs only say what to compare with.
	decode(old, before)
	out, err := d.update(ctx, e, id, in, before)
	if err != nil {
		return sight{}, err
	}
	return d.look(ctx, e, id, in, out), nil
}

func (d definition[I]) deleteIn(ctx context.Context, e *engine, id string, inputs property.Map) error {
	in := new(I)
	decode(inputs, in)
	return d.delete(ctx, e, id, in)
}

func (d definition[I]) readIn(
	ctx context.Context, e *engine, id string, inputs property.Map,
) (property.Map, sight, bool, error) {
	in := new(I)
	decode(inputs, in)
	live, out, drift, err := d.read(ctx, e, id, in)
	if err != nil || live == nil {
		return property.Map{}, sight{}, false, err
	}
	current := encode(live).AsMap()
	if inputs.Len() == 0 {
		// An import: all that the engine says, without its zeros.
		inputs = prune(property.New(current)).AsMap()
	}
	inputs = overlay(d.inputs(), inputs, current)
	for name, value := range drift {
		inputs, current = inputs.Set(name, encode(value)), current.Set(name, encode(value))
	}
	return inputs, sight{current, out}, true, nil
}
