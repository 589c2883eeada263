package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/container"
)

// upload puts a file into a container that has not started yet.
func (e *engine) upload(ctx context.Context, id string, u upload) error {
	content, err := u.bytes()
	if err != nil {
		return fmt.Errorf("uploads: %s: %w", u.File, err)
	}
	header := &tar.Header{Name: strings.TrimPrefix(path.Clean(u.File), "/"), Mode: 0o644, Size: int64(len(content))}
	if u.Executable {
		header.Mode = 0o744
	}
	if u.Permissions != "" {
		if header.Mode, err = strconv.ParseInt(u.Permissions, 8, 64); err != nil {
			return fmt.Errorf("uploads: %s: permissions %q are not octal", u.File, u.Permissions)
		}
	}
	if header.Uid, err = number(u.Owner); err != nil {
		return fmt.Errorf("uploads: %s: owner: %w", u.File, err)
	}
	if header.Gid, err = number(u.Group); err != nil {
		return fmt.Errorf("uploads: %s: group: %w", u.File, err)
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	if err := w.WriteHeader(header); err != nil {
		return err
	}
	if _, err := w.Write(content); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return e.CopyToContainer(ctx, id, "/", &archive, container.CopyToContainerOptions{CopyUIDGID: true})
}

func (u upload) bytes() ([]byte, error) {
	switch {
	case u.Source != "":
		return os.ReadFile(u.Source)
	case u.ContentBase64 != "":
		content, err := base64.StdEncoding.DecodeString(u.ContentBase64)
		if err != nil {
			return nil, fmt.Errorf("contentBase64 is not base64")
		}
		return content, nil
	default:
		return []byte(u.Content), nil
	}
}

func number(s string) (int, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number (names are not carried out by the offline docker provider)", s)
	}
	return n, nil
}
