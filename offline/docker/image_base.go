package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"github.com/containerd/errdefs"
)

// startsFrom finds the images that a Dockerfile starts from. A build argument or
// an earlier stage is among them; neither has an archive.
var startsFrom = regexp.MustCompile(`(?im)^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(\S+)`)

// loading lets one of several builds that start at once load what all start from.
var loading sync.Mutex

// baseArchive is where `docker save` left an image for engines that reach no
// registry: the operator's computer brings it along.
func baseArchive(name string) string {
	file := strings.NewReplacer("/", "_", ":", "_").Replace(name) + ".tar"
	return filepath.Join(os.Getenv("PULUMI_HOME"), "images", file)
}

// loadBases gives the engine the images that a Dockerfile starts from, where it
// lacks one of which there is an archive.
func (e *engine) loadBases(ctx context.Context, dockerfile string) error {
	text, err := os.ReadFile(dockerfile)
	if err != nil {
		return err
	}
	for _, match := range startsFrom.FindAllSubmatch(text, -1) {
		name := string(match[1])
		archive, err := os.Open(baseArchive(name))
		if err != nil {
			continue
		}
		if err := errors.Join(e.loadBase(ctx, name, archive), archive.Close()); err != nil {
			return fmt.Errorf("loading %s: %w", name, err)
		}
	}
	return nil
}

func (e *engine) loadBase(ctx context.Context, name string, archive *os.File) error {
	loading.Lock()
	defer loading.Unlock()
	if _, err := e.ImageInspect(ctx, name); !errdefs.IsNotFound(err) {
		return err
	}
	// The client closes what it can.
	loaded, err := e.ImageLoad(ctx, io.NopCloser(archive))
	if err != nil {
		return err
	}
	t := transcript{}
	return errors.Join(t.follow(ctx, loaded.Body), loaded.Body.Close())
}
