package docker

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/registry"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

type imageInputs struct {
	Build          *dockerBuild   `docker:"build"`
	BuildOnPreview bool           `docker:"buildOnPreview"`
	ImageName      string         `docker:"imageName,required"`
	Registry       *imageRegistry `docker:"registry"`
	SkipPush       bool           `docker:"skipPush"`
}

type dockerBuild struct {
	AddHosts       []string          `docker:"addHosts"`
	Args           map[string]string `docker:"args"`
	BuilderVersion string            `docker:"builderVersion"`
	CacheFrom      *cacheFrom        `docker:"cacheFrom"`
	Context        string            `docker:"context"`
	// ContextDigest is no input of a program: check notes here what the context
	// holds, so that a changed file is a changed input.
	ContextDigest string `docker:"contextDigest"`
	Dockerfile    string `docker:"dockerfile"`
	Network       string `docker:"network"`
	Platform      string `docker:"platform"`
	Target        string `docker:"target"`
}

type cacheFrom struct {
	Images []string `docker:"images"`
}

// imageRegistry is where to push. Its credentials change nothing about an image
// that is there, and may be new with every run.
type imageRegistry struct {
	Password string `docker:"password,secret,quiet"`
	Server   string `docker:"server"`
	Username string `docker:"username,quiet"`
}

var imageComputed = []string{"baseImageName", "context", "dockerfile", "platform", "registryServer", "repoDigest"}

var image = definition[imageInputs]{
	native:   true,
	computed: imageComputed,
	volatile: []string{"repoDigest"},
	identity: "repoDigest",
	check:    checkImage,
	known: func(in *imageInputs) outputs {
		out := imageOutputs(in, "")
		delete(out, "repoDigest")
		return out
	},
	create: func(ctx context.Context, e *engine, in *imageInputs) (string, outputs, error) {
		digest, err := e.makeImage(ctx, in)
		return in.ImageName, imageOutputs(in, digest), err
	},
	update: func(ctx context.Context, e *engine, _ string, in, _ *imageInputs) (outputs, error) {
		digest, err := e.makeImage(ctx, in)
		return imageOutputs(in, digest), err
	},
	read:  readImage,
	state: imageState,
	// An image may be the base of others, in use, or wanted again in a minute:
	// like the official plugin, it is left to `docker image prune`.
	delete: func(context.Context, *engine, string, *imageInputs) error { return nil },
}

func imageOutputs(in *imageInputs, digest string) outputs {
	out := outputs{
		"baseImageName": in.ImageName, "registryServer": "", "repoDigest": digest,
		"context": ".", "dockerfile": "Dockerfile", "platform": "",
	}
	if b := in.Build; b != nil {
		out["platform"] = b.Platform
		context, dockerfile := b.paths()
		out["context"], out["dockerfile"] = context, relativeTo(context, dockerfile)
	}
	if in.Registry != nil {
		out["registryServer"] = in.Registry.Server
	}
	return out
}

// relativeTo is a Dockerfile's path from its context, as the official plugin stores it.
func relativeTo(context, dockerfile string) string {
	if path, err := filepath.Rel(context, dockerfile); err == nil {
		return filepath.ToSlash(path)
	}
	return dockerfile
}

// imageState is the outputs of an image, and its inputs, with which the official
// plugin compares what a program gives it.
func imageState(inputs property.Map, out outputs) property.Map {
	m := property.Map{}.Set("imageName", inputs.Get("imageName"))
	for _, name := range imageComputed {
		if value, said := out[name]; said {
			m = m.Set(name, encode(value))
		} else {
			m = m.Set(name, property.New(property.Computed))
		}
	}
	return m.Set("__inputs", property.New(plainOf(inputs)).WithSecret(true))
}

// paths are the context and the Dockerfile of a build, with their defaults.
func (b *dockerBuild) paths() (string, string) {
	context, dockerfile := b.Context, b.Dockerfile
	if context == "" {
		context = "."
	}
	if dockerfile == "" {
		dockerfile = filepath.Join(context, "Dockerfile")
	}
	return context, dockerfile
}

func checkImage(_ context.Context, in *imageInputs, inputs property.Map) (property.Map, []p.CheckFailure) {
	if name := inputs.Get("imageName"); name.IsString() {
		if _, err := reference.ParseNormalizedNamed(name.AsString()); err != nil {
			return inputs, []p.CheckFailure{{Property: "imageName", Reason: err.Error()}}
		}
	}
	given := inputs.Get("build")
	if in.Build == nil || !given.IsMap() {
		if given.IsComputed() {
			return inputs, nil
		}
		in.Build, given = &dockerBuild{}, property.New(property.Map{})
	}
	build := given.AsMap()
	if build.Get("context").IsComputed() || build.Get("dockerfile").IsComputed() {
		return inputs, nil
	}
	if context, _ := in.Build.paths(); strings.Contains(context, "://") {
		return inputs, []p.CheckFailure{{Property: "build.context",
			Reason: `"build.context" as a URL is not carried out by the offline docker provider`}}
	}
	digest, err := contextDigest(in.Build)
	if err != nil {
		return inputs, []p.CheckFailure{{Property: "build.context", Reason: err.Error()}}
	}
	context, dockerfile := in.Build.paths()
	build = build.Set("contextDigest", property.New(digest)).
		Set("context", property.New(context)).Set("dockerfile", property.New(dockerfile))
	if build.Get("platform").IsNull() {
		build = build.Set("platform", property.New("linux/"+runtime.GOARCH))
	}
	if inputs.Get("buildOnPreview").IsNull() {
		inputs = inputs.Set("buildOnPreview", property.New(false))
	}
	return inputs.Set("build", property.WithGoValue(given, build)), nil
}

// makeImage builds an image and pushes it, unless it is not to be pushed, and
// gives what identifies it: its digest in the registry, or its id here.
func (e *engine) makeImage(ctx context.Context, in *imageInputs) (string, error) {
	b := in.Build
	if b == nil {
		b = &dockerBuild{}
	}
	options := build.ImageBuildOptions{
		Tags: []string{in.ImageName}, Remove: true, ForceRemove: true, Target: b.Target,
		Platform: b.Platform, NetworkMode: b.Network, ExtraHosts: b.AddHosts,
		BuildArgs: map[string]*string{}, AuthConfigs: e.buildAuth(in.Registry),
	}
	for name, value := range b.Args {
		options.BuildArgs[name] = &value
	}
	if b.CacheFrom != nil {
		options.CacheFrom = b.CacheFrom.Images
		if err := e.pullCache(ctx, b.CacheFrom.Images); err != nil {
			return "", err
		}
	}
	id, err := e.build(ctx, b, options)
	if err != nil {
		return "", fmt.Errorf("building %s: %w", in.ImageName, err)
	}
	if in.SkipPush {
		return id, nil
	}
	return e.push(ctx, in)
}

func (e *engine) buildAuth(r *imageRegistry) map[string]registry.AuthConfig {
	configs := map[string]registry.AuthConfig{}
	for _, auth := range e.config.RegistryAuth {
		if config, err := e.authConfig(registryHost(auth.Address)); err == nil && config.Username != "" {
			configs[auth.Address] = config
		}
	}
	if r != nil && r.Server != "" {
		configs[r.Server] = registry.AuthConfig{ServerAddress: r.Server, Username: r.Username, Password: r.Password}
	}
	return configs
}

// readImage finds an image under its name. Another image under that name is
// drift; none at all is one that is gone.
func readImage(
	ctx context.Context, e *engine, id string, in *imageInputs,
) (*imageInputs, outputs, outputs, error) {
	local, err := e.ImageInspect(ctx, in.ImageName)
	if errdefs.IsNotFound(err) {
		return nil, nil, nil, nil
	}
	if err != nil {
		return nil, nil, nil, err
	}
	live := *in
	digest := local.ID
	if !in.SkipPush {
		digest = repoDigest(in.ImageName, local.RepoDigests)
	}
	if id != digest && in.Build != nil {
		changed := *in.Build
		changed.ContextDigest = "(another image has this name: " + digest + ")"
		live.Build = &changed
	}
	return &live, imageOutputs(in, digest), nil, nil
}

// repoDigest is the registry's name for an image: NAME@sha256:…
func repoDigest(name string, digests []string) string {
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return ""
	}
	for _, digest := range digests {
		if d, err := reference.ParseNormalizedNamed(digest); err == nil && d.Name() == named.Name() {
			return digest
		}
	}
	return ""
}
