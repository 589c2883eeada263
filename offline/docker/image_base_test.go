package docker

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	dockerimage "github.com/docker/docker/api/types/image"
)

func TestBaseOfABuildIsBroughtAlong(t *testing.T) {
	b, ctx := newBench(t), context.Background()
	t.Setenv("PULUMI_HOME", t.TempDir())
	carried, built := unique("base")+":1", unique("image")+":1"
	b.dropImage(carried)
	b.dropImage(built)
	if err := b.engine().ImageTag(ctx, base, carried); err != nil {
		t.Fatal(err)
	}
	saved, err := b.engine().ImageSave(ctx, []string{carried})
	if err != nil {
		t.Fatal(err)
	}
	file := baseArchive(carried)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	archive, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(archive, saved); err != nil {
		t.Fatal(err)
	}
	_, _ = saved.Close(), archive.Close()
	if _, err := b.engine().ImageRemove(ctx, carried, dockerimage.RemoveOptions{}); err != nil {
		t.Fatal(err)
	}

	root := folder(t, map[string]string{
		"Dockerfile": "ARG WHO=" + carried + "\nFROM --platform=linux/amd64 " + carried + " AS one\nFROM one\nRUN true\n",
	})
	in := props{"imageName": built, "skipPush": true, "build": props{"context": root}}
	b.object("Image", "image").create(in).steady(in)
	if _, err := b.engine().ImageInspect(ctx, carried); err != nil {
		t.Errorf("the base was not loaded: %v", err)
	}
}
