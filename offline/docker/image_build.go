package docker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/build"
	dockerimage "github.com/docker/docker/api/types/image"
	p "github.com/pulumi/pulumi-go-provider"
)

// keptLines is how much of a failed build's output its error repeats.
const keptLines = 25

// message is one line of what the engine says while it builds, pulls or pushes.
type message struct {
	Stream   string `json:"stream"`
	Status   string `json:"status"`
	ID       string `json:"id"`
	Progress string `json:"progress"`
	Error    string `json:"error"`
	Aux      struct {
		ID     string `json:"ID"`
		Digest string `json:"Digest"`
	} `json:"aux"`
}

// transcript reads such messages to their end.
type transcript struct {
	lines  []string
	step   string
	imaged string
	digest string
}

// follow shows the messages as the resource's status and keeps the last lines.
func (t *transcript) follow(ctx context.Context, stream io.Reader) error {
	log := p.GetLogger(ctx)
	decoder := json.NewDecoder(stream)
	for {
		var m message
		if err := decoder.Decode(&m); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if m.Aux.ID != "" {
			t.imaged = m.Aux.ID
		}
		if m.Aux.Digest != "" {
			t.digest = m.Aux.Digest
		}
		if m.Error != "" {
			return errors.New(m.Error)
		}
		for _, line := range strings.Split(strings.TrimRight(m.Stream, "\n"), "\n") {
			// An installer draws its bars with carriage returns: the last state counts.
			line = strings.TrimSpace(line[strings.LastIndex(strings.TrimRight(line, "\r"), "\r")+1:])
			if line == "" {
				continue
			}
			if strings.HasPrefix(line, "Step ") {
				t.step = line
			}
			t.lines = append(t.lines, line)
			if len(t.lines) > keptLines {
				t.lines = t.lines[1:]
			}
			log.InfoStatus(line)
		}
		if m.Status != "" {
			log.InfoStatus(strings.TrimSpace(m.ID + " " + m.Status + " " + m.Progress))
		}
	}
}

// build runs one build on the engine and gives the id of the image.
func (e *engine) build(ctx context.Context, b *dockerBuild, options build.ImageBuildOptions) (string, error) {
	files, dockerfile, err := buildFiles(b)
	if err != nil {
		return "", err
	}
	_, file := b.paths()
	if err := e.loadBases(ctx, file); err != nil {
		return "", err
	}
	options.Dockerfile = dockerfile
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(writeContext(files, writer)) }()
	response, err := e.ImageBuild(ctx, reader, options)
	if err != nil {
		return "", err
	}
	t := transcript{}
	err = t.follow(ctx, response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return "", fmt.Errorf("%w\nfailing step: %s\nlast lines:\n  %s", err, t.step, strings.Join(t.lines, "\n  "))
	}
	local, err := e.ImageInspect(ctx, options.Tags[0])
	if err != nil {
		return "", err
	}
	return local.ID, nil
}

// push sends an image to its registry and gives its name there with the digest.
func (e *engine) push(ctx context.Context, in *imageInputs) (string, error) {
	auth, err := e.authFor(in.ImageName)
	if err == nil && in.Registry != nil && in.Registry.Username != "" {
		auth, err = encodeAuth(in.Registry.Server, in.Registry.Username, in.Registry.Password)
	}
	if err != nil {
		return "", err
	}
	if auth == "" {
		// The engine wants the header even when it says nothing.
		auth = "e30="
	}
	stream, err := e.ImagePush(ctx, in.ImageName, dockerimage.PushOptions{RegistryAuth: auth})
	if err != nil {
		return "", fmt.Errorf("pushing %s: %w", in.ImageName, err)
	}
	t := transcript{}
	err = t.follow(ctx, stream)
	if err = errors.Join(err, stream.Close()); err != nil {
		return "", fmt.Errorf("pushing %s: %w", in.ImageName, err)
	}
	local, err := e.ImageInspect(ctx, in.ImageName)
	if err != nil {
		return "", err
	}
	if digest := repoDigest(in.ImageName, local.RepoDigests); digest != "" {
		return digest, nil
	}
	return "", fmt.Errorf("pushing %s: the registry named no digest", in.ImageName)
}

// pull fetches an image from its registry.
func (e *engine) pull(ctx context.Context, name, platform string) error {
	auth, err := e.authFor(name)
	if err != nil {
		return err
	}
	stream, err := e.ImagePull(ctx, name, dockerimage.PullOptions{RegistryAuth: auth, Platform: platform})
	if err != nil {
		return fmt.Errorf("pulling %s: %w", name, err)
	}
	t := transcript{}
	err = t.follow(ctx, stream)
	if err = errors.Join(err, stream.Close()); err != nil {
		return fmt.Errorf("pulling %s: %w", name, err)
	}
	return nil
}

// pullCache fetches the images that a build may take layers from. One that
// cannot be had makes the build slower, not wrong.
func (e *engine) pullCache(ctx context.Context, images []string) error {
	for _, name := range images {
		if _, err := e.ImageInspect(ctx, name); err == nil {
			continue
		} else if !errdefs.IsNotFound(err) {
			return err
		}
		if err := e.pull(ctx, name, ""); err != nil {
			p.GetLogger(ctx).Warningf("cacheFrom: %v", err)
		}
	}
	return nil
}
