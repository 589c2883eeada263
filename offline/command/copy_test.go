package command_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig"

	"semesterhub/offline/command"
	"semesterhub/offline/internal/kittest"
)

func copying(t *testing.T) *kittest.Resource {
	return kittest.New(t, command.Provider(), "command:remote:CopyToRemote")
}

func text(t *testing.T, content string) any {
	t.Helper()
	a, err := asset.FromText(content)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func fileAsset(t *testing.T, path string) any {
	t.Helper()
	a, err := asset.FromPath(path)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func folder(t *testing.T, path string) any {
	t.Helper()
	a, err := archive.FromPath(path)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func writeFile(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// tree lists the files below a folder with their content.
func tree(t *testing.T, root string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, root+"/")] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestCopyFollowsCp(t *testing.T) {
	server := startSSHD(t)
	local := t.TempDir()
	big := strings.Repeat("0123456789abcdef", 1<<18) // 4 MiB: many packets
	writeFile(t, local+"/file", big)
	writeFile(t, local+"/dir/a", "A")
	writeFile(t, local+"/dir/sub/b", "B")
	for name, test := range map[string]struct {
		source any
		path   string
		want   map[string]string
	}{
		"text":                  {text(t, "hello"), "/new", map[string]string{"there/x": "old", "new": "hello"}},
		"text over a file":      {text(t, "hi"), "/there/x", map[string]string{"there/x": "hi"}},
		"file":                  {fileAsset(t, local+"/file"), "/new", map[string]string{"there/x": "old", "new": big}},
		"file into a folder":    {fileAsset(t, local+"/file"), "/there", map[string]string{"there/x": "old", "there/file": big}},
		"folder":                {folder(t, local+"/dir"), "/new", map[string]string{"there/x": "old", "new/dir/a": "A", "new/dir/sub/b": "B"}},
		"folder into a folder":  {folder(t, local+"/dir"), "/there", map[string]string{"there/x": "old", "there/dir/a": "A", "there/dir/sub/b": "B"}},
		"content of the folder": {folder(t, local+"/dir/"), "/there", map[string]string{"there/x": "old", "there/a": "A", "there/sub/b": "B"}},
	} {
		t.Run(name, func(t *testing.T) {
			target := t.TempDir()
			writeFile(t, target+"/there/x", "old")
			copying(t).MustCreate(map[string]any{
				"connection": server.connection(), "source": test.source, "remotePath": target + test.path,
			})
			if got := tree(t, target); !maps.Equal(got, test.want) {
				t.Errorf("got the files %v", mapKeys(got))
			}
		})
	}
}

func mapKeys(m map[string]string) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	return keys
}

func TestCopyUpdates(t *testing.T) {
	server := startSSHD(t)
	target := filepath.Join(t.TempDir(), "file")
	inputs := func(content string) map[string]any {
		return map[string]any{
			"connection": server.connection(), "source": text(t, content), "remotePath": target,
		}
	}
	r := copying(t).MustCreate(inputs("a longer text than the next"))
	if !r.State.Get("connection").Secret() || r.ID == "" {
		t.Errorf("%#v", r.State)
	}
	if got := r.Diff(inputs("a longer text than the next")); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if got := r.Diff(inputs("short")); !maps.Equal(got, map[string]p.DiffKind{"source": p.Update}) {
		t.Errorf("%v", got)
	}
	r.Update(inputs("short"))
	if content, err := os.ReadFile(target); err != nil || string(content) != "short" {
		t.Errorf("%q %v", content, err)
	}
	if got := r.Diff(with(inputs("short"), map[string]any{"triggers": []any{1}})); !maps.Equal(
		got, map[string]p.DiffKind{"triggers": p.AddReplace}) {
		t.Errorf("%v", got)
	}
	// Another way to log in to the same machine copies nothing.
	before := server.logins(t)
	connection := with(server.connection(), map[string]any{"dialErrorLimit": 5})
	r.Update(with(inputs("short"), map[string]any{"connection": connection}))
	if server.logins(t) != before {
		t.Error("the same files were copied again")
	}
	// Another machine gets the files.
	other := startSSHD(t)
	r.Update(with(inputs("short"), map[string]any{"connection": other.connection()}))
	if other.logins(t) != 1 {
		t.Error("another machine got no files")
	}
	if err := r.Delete(); err != nil {
		t.Error(err)
	}
}

// A changed file on this machine is a change, though its path is the same.
func TestCopySeesAChangedFile(t *testing.T) {
	server := startSSHD(t)
	source := writeFile(t, t.TempDir()+"/f", "one")
	inputs := func() map[string]any {
		return map[string]any{"connection": server.connection(), "source": fileAsset(t, source),
			"remotePath": t.TempDir() + "/f"}
	}
	first := inputs()
	r := copying(t).MustCreate(first)
	writeFile(t, source, "two")
	second := with(first, map[string]any{"source": fileAsset(t, source)})
	if got := r.Diff(second); !maps.Equal(got, map[string]p.DiffKind{"source": p.Update}) {
		t.Errorf("%v", got)
	}
	r.Update(second)
	content, err := os.ReadFile(first["remotePath"].(string))
	if err != nil || string(content) != "two" {
		t.Errorf("%q %v", content, err)
	}
}

func TestCopyRefuses(t *testing.T) {
	server := startSSHD(t)
	uri := &asset.Asset{Sig: sig.AssetSig, URI: "https://example.org/x"}
	assets, err := archive.FromAssets(map[string]any{"a": text(t, "b")})
	if err != nil {
		t.Fatal(err)
	}
	for name, source := range map[string]any{"string": "x", "remote": kittest.Unknown(), "assets": assets} {
		_, failures := copying(t).Check(map[string]any{
			"connection": server.connection(), "source": source, "remotePath": "/x",
		})
		if (failures["source"] == "") != (name == "remote") {
			t.Errorf("%s: %v", name, failures)
		}
	}
	provider := command.Provider()
	response, err := provider.Check(t.Context(), p.CheckRequest{
		Urn: "urn:pulumi:s::p::command:remote:CopyToRemote::x",
		Inputs: kittest.Map(map[string]any{
			"connection": server.connection(), "source": uri, "remotePath": "/x",
		}),
	})
	if err != nil || len(response.Failures) != 1 || response.Failures[0].Property != "source" {
		t.Errorf("a remote asset: %v %v", response.Failures, err)
	}
	dir := t.TempDir()
	err = copying(t).Create(map[string]any{
		"connection": server.connection(), "source": text(t, "x"), "remotePath": dir,
	})
	if err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("a text onto a folder: %v", err)
	}
	err = copying(t).Create(map[string]any{
		"connection": server.connection(), "source": text(t, "x"), "remotePath": dir + "/no/such/f",
	})
	if err == nil || !strings.Contains(err.Error(), dir+"/no/such/f") {
		t.Errorf("no folder to write in: %v", err)
	}
}
