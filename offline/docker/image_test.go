package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	dockerimage "github.com/docker/docker/api/types/image"
	p "github.com/pulumi/pulumi-go-provider"
)

// folder is a build context with these files.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func (b *bench) dropImage(name string) {
	b.t.Cleanup(func() {
		_, _ = b.engine().ImageRemove(context.Background(), name, dockerimage.RemoveOptions{Force: true, PruneChildren: true})
	})
}

const dockerfile = "FROM " + base + " AS one\nARG WHO=nobody\nCOPY hello /hello\nRUN echo $WHO > /who\n" +
	"FROM one AS two\nRUN echo two > /two\n"

func TestImage(t *testing.T) {
	b, ctx := newBench(t), context.Background()
	root, name := folder(t, map[string]string{"Dockerfile": dockerfile, "hello": "hi", ".dockerignore": "left\n", "left": "a"}), unique("image")+":1"
	b.dropImage(name)
	in := props{"imageName": name, "skipPush": true, "build": props{
		"context": root, "target": "one", "args": props{"WHO": "me"}, "platform": "linux/amd64",
	}}
	o := b.object("Image", "image")
	seen := o.preview(in)
	if !seen.Get("repoDigest").IsComputed() || seen.Get("imageName").AsString() != name {
		t.Errorf("preview: %v", seen)
	}
	o.create(in).steady(in)
	first := o.state.Get("repoDigest").AsString()
	local, err := b.engine().ImageInspect(ctx, name)
	if err != nil || local.ID != first {
		t.Fatalf("repoDigest %q, the image is %q: %v", first, local.ID, err)
	}

	// A file that is left out is no change, nor is a new time; another is one.
	later := time.Now().Add(time.Hour)
	if err := errors.Join(
		os.WriteFile(filepath.Join(root, "left"), []byte("b"), 0o644),
		os.Chtimes(filepath.Join(root, "hello"), later, later),
	); err != nil {
		t.Fatal(err)
	}
	o.wantSame(in)
	again := b.object("Image", "again").create(in)
	if got := again.state.Get("repoDigest").AsString(); got != first {
		t.Errorf("the cache missed: %s, then %s", first, got)
	}
	if err := os.WriteFile(filepath.Join(root, "hello"), []byte("ho"), 0o644); err != nil {
		t.Fatal(err)
	}
	if d := o.diff(in).DetailedDiff["build.contextDigest"]; d.Kind != p.Update {
		t.Errorf("a changed file: %v", d)
	}
	o.update(in)
	o.steady(in)
	if o.state.Get("repoDigest").AsString() == first {
		t.Error("the changed image has the old id")
	}

	if _, err := b.engine().ImageRemove(ctx, name, dockerimage.RemoveOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	if o.refresh() {
		t.Error("an image removed by hand is still in the state")
	}
}

// TestFailingBuild shows the step and what it said.
func TestFailingBuild(t *testing.T) {
	b, name := newBench(t), unique("image")+":1"
	root := folder(t, map[string]string{"Dockerfile": "FROM " + base + "\nRUN echo the reason; exit 5\n"})
	err := b.object("Image", "image").tryCreate(props{"imageName": name, "skipPush": true, "build": props{"context": root}})
	wantError(t, err, name, "Step 2/2", "the reason", "5")
}

// TestDockerfileElsewhere: outside of the context, and with an ignore file.
func TestDockerfileElsewhere(t *testing.T) {
	root := folder(t, map[string]string{"hello": "hi", "a/b": "1", "a/c": "2", ".dockerignore": "a\n!a/c\n"})
	outside := filepath.Join(folder(t, map[string]string{"My.Dockerfile": dockerfile}), "My.Dockerfile")
	files, name, err := buildFiles(&dockerBuild{Context: root, Dockerfile: outside})
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	if err := writeContext(files, &archive); err != nil {
		t.Fatal(err)
	}
	var names []string
	reader := tar.NewReader(&archive)
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if header.Uid != 0 || header.Uname != "" {
			t.Errorf("%s belongs to %d %q", header.Name, header.Uid, header.Uname)
		}
		names = append(names, header.Name)
	}
	if got := strings.Join(names, " "); got != ".dockerignore "+name+" a/c hello" {
		t.Errorf("the context holds %q", got)
	}
}

// TestPushAndPull goes through a registry with a password, and back.
func TestPushAndPull(t *testing.T) {
	b, ctx := newBench(t), context.Background()
	address := newRegistry(t, "hunter2")
	name := address + "/" + unique("image") + ":1"
	b.dropImage(name)
	root := folder(t, map[string]string{"Dockerfile": "FROM scratch\nCOPY hello /hello\n", "hello": "hi"})
	in := props{"imageName": name, "build": props{"context": root},
		"registry": props{"server": address, "username": "u", "password": "hunter2"}}
	o := b.object("Image", "image").create(in)
	digest := o.state.Get("repoDigest").AsString()
	if !strings.HasPrefix(digest, strings.TrimSuffix(name, ":1")+"@sha256:") {
		t.Fatalf("repoDigest: %q", digest)
	}
	if !o.state.Get("__inputs").Secret() || !o.inputs.Get("registry").AsMap().Get("password").Secret() {
		t.Error("the password is not secret")
	}
	o.steady(in)
	bad := with(in, props{"registry": props{"server": address, "username": "u", "password": "wrong"}})
	wantError(t, b.object("Image", "bad").tryCreate(bad), "pushing", name)
	if d := o.diff(bad); d.HasChanges {
		t.Errorf("other credentials change nothing about an image: %v", d.DetailedDiff)
	}

	if _, err := b.engine().ImageRemove(ctx, name, dockerimage.RemoveOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	wantError(t, b.object("RemoteImage", "stranger").tryCreate(props{"name": name}), "pulling", name)
	b.provider = reconnected(t, props{"registryAuth": `[{"address":"` + address + `","username":"u","password":"hunter2"}]`})
	remote, pulled := b.object("RemoteImage", "remote"), props{"name": name, "keepLocally": false}
	remote.create(pulled).steady(pulled)
	if got := remote.state.Get("repoDigest").AsString(); got != digest {
		t.Errorf("pulled %q, pushed %q", got, digest)
	}
	remote.delete()
	if remote.refresh() {
		t.Error("still there after its delete")
	}
}

// TestRemoteImageThatIsHere is not pulled, and not removed with keepLocally.
func TestRemoteImageThatIsHere(t *testing.T) {
	b := newBench(t)
	in := props{"name": base, "keepLocally": true}
	o := b.object("RemoteImage", "base").create(in)
	o.steady(in)
	o.delete()
	if _, err := b.engine().ImageInspect(context.Background(), base); err != nil {
		t.Errorf("the base image: %v", err)
	}
}

func reconnected(t *testing.T, config props) p.Provider {
	t.Helper()
	provider := New()
	if err := provider.Configure(context.Background(), p.ConfigureRequest{Args: values(config)}); err != nil {
		t.Fatal(err)
	}
	return provider
}
