package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/pkg/sftp"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"semesterhub/offline/internal/kit"
)

func copyToRemote() kit.Resource {
	return kit.Resource{
		Token: "command:remote:CopyToRemote",
		Inputs: []kit.Input{
			connectionInput(),
			{Name: "remotePath", Required: true, Change: kit.Updates},
			{Name: "source", Type: kit.Source, Required: true, Change: kit.Updates},
			{Name: "triggers", Type: kit.List, Change: kit.Replaces},
		},
		Validate: func(in kit.Values) []p.CheckFailure {
			return append(checkConnection(in), checkSource(in)...)
		},
		Create: func(ctx context.Context, req kit.Request) (kit.Result, error) {
			if err := copyFiles(ctx, req.Inputs); err != nil {
				return kit.Result{}, err
			}
			id, err := newID("")
			return kit.Result{ID: id}, err
		},
		Update: func(ctx context.Context, req kit.Request) (kit.Result, error) {
			if sameCopy(req.Inputs, req.State) {
				return kit.Result{}, nil
			}
			return kit.Result{}, copyFiles(ctx, req.Inputs)
		},
	}
}

// sameCopy is true when only how to log in has changed: the files are where they were.
func sameCopy(now, before kit.Values) bool {
	was, is := before.Object("connection"), now.Object("connection")
	return now.String("remotePath") == before.String("remotePath") &&
		was.String("host") == is.String("host") && was.Int("port") == is.Int("port") &&
		now.Get("source").WithSecret(false).WithDependencies(nil).Equals(
			before.Get("source").WithSecret(false).WithDependencies(nil))
}

func checkSource(in kit.Values) []p.CheckFailure {
	source := in.Get("source")
	reason := ""
	switch {
	case source.IsAsset() && !source.AsAsset().IsPath() && !source.AsAsset().IsText():
		reason = "must be a file or a text, not a remote asset"
	case source.IsArchive() && !source.AsArchive().IsPath():
		reason = "must be a folder or an archive file (FileArchive), not an AssetArchive or a " +
			"remote archive"
	}
	if reason == "" {
		return nil
	}
	return []p.CheckFailure{kit.Failure("source", reason)}
}

// copyFiles copies the source over SFTP.
func copyFiles(ctx context.Context, in kit.Values) error {
	client, closeClient, err := connect(ctx, in.Object("connection"))
	if err != nil {
		return err
	}
	defer closeClient()
	stop := context.AfterFunc(ctx, closeClient)
	defer stop()
	// Writes in flight together can leave a longer file behind than was sent when one fails, but
	// then the whole copy fails and the next one truncates.
	files, err := sftp.NewClient(client, sftp.UseConcurrentWrites(true))
	if err != nil {
		return fmt.Errorf("starting SFTP: %w", err)
	}
	defer func() { _ = files.Close() }()
	return copySource(files, in.Get("source"), in.String("remotePath"))
}

// copySource follows the rules of cp: a file goes into an existing folder; a folder goes into the
// remote folder, or with a slash at its end, its content does.
func copySource(files *sftp.Client, source property.Value, to string) error {
	existing, err := stat(files, to)
	if err != nil {
		return err
	}
	intoFolder := existing != nil && existing.IsDir()
	if source.IsAsset() && source.AsAsset().IsText() {
		if intoFolder {
			return fmt.Errorf("remotePath %s is a folder; a text needs the path of a file", to)
		}
		return write(files, strings.NewReader(source.AsAsset().Text), to)
	}
	from := ""
	if source.IsAsset() {
		from = source.AsAsset().Path
	} else {
		from = source.AsArchive().Path
	}
	info, err := os.Stat(from)
	if err != nil {
		return fmt.Errorf("source: %w", err)
	}
	if !info.IsDir() {
		if intoFolder {
			to = path.Join(to, filepath.Base(from))
		}
		return copyFile(files, from, to)
	}
	if err := makeFolder(files, to); err != nil {
		return err
	}
	if !strings.HasSuffix(from, "/") {
		to = path.Join(to, filepath.Base(from))
	}
	return copyFolder(files, from, to)
}

func copyFolder(files *sftp.Client, from, to string) error {
	return fs.WalkDir(os.DirFS(from), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("source: %w", err)
		}
		target := path.Join(to, name)
		if entry.IsDir() {
			return makeFolder(files, target)
		}
		return copyFile(files, filepath.Join(from, filepath.FromSlash(name)), target)
	})
}

func makeFolder(files *sftp.Client, name string) error {
	existing, err := stat(files, name)
	switch {
	case err != nil:
		return err
	case existing == nil:
		if err := files.Mkdir(name); err != nil {
			return fmt.Errorf("making the remote folder %s: %w", name, err)
		}
	case !existing.IsDir():
		return fmt.Errorf("remote path %s is not a folder", name)
	}
	return nil
}

func copyFile(files *sftp.Client, from, to string) error {
	local, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("source: %w", err)
	}
	defer func() { _ = local.Close() }()
	return write(files, local, to)
}

func write(files *sftp.Client, content io.Reader, to string) error {
	remote, err := files.Create(to)
	if err != nil {
		return fmt.Errorf("making the remote file %s: %w", to, err)
	}
	_, err = remote.ReadFrom(content)
	if err := errors.Join(err, remote.Close()); err != nil {
		return fmt.Errorf("writing the remote file %s: %w", to, err)
	}
	return nil
}

// stat gives nil for a file that is not there.
func stat(files *sftp.Client, name string) (fs.FileInfo, error) {
	info, err := files.Stat(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking at the remote path %s: %w", name, err)
	}
	return info, nil
}
