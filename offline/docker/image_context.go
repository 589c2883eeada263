package docker

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// entry is one file of a build context: where it is, and what it is called there.
type entry struct {
	path string
	name string
	info fs.FileInfo
}

// buildFiles lists a build context in order, without what .dockerignore leaves
// out, and the name of the Dockerfile in it. A Dockerfile from elsewhere joins
// the context under a name of its own.
func buildFiles(b *dockerBuild) ([]entry, string, error) {
	root, dockerfile := b.paths()
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		return nil, "", fmt.Errorf("the build context %q is not a folder", root)
	}
	dockerInfo, err := os.Stat(dockerfile)
	if err != nil {
		return nil, "", fmt.Errorf("the Dockerfile %q cannot be read", dockerfile)
	}
	name, err := insideOf(root, dockerfile)
	if err != nil {
		return nil, "", err
	}
	matcher, err := ignored(root, dockerfile)
	if err != nil {
		return nil, "", err
	}
	files, err := walk(root, matcher)
	if err != nil {
		return nil, "", err
	}
	outside := name == ""
	if outside {
		name = ".pulumi.Dockerfile"
	}
	found := false
	for _, f := range files {
		found = found || f.name == name
	}
	if !found {
		files = append(files, entry{path: dockerfile, name: name, info: dockerInfo})
	}
	sort.Slice(files, func(i, j int) bool { return files[i].name < files[j].name })
	return files, name, nil
}

// insideOf is the name of a file within a folder, or "" if it is not in there.
func insideOf(root, file string) (string, error) {
	absolute, err := filepath.Abs(root)
	if err != nil {
		return "", err
	}
	if file, err = filepath.Abs(file); err != nil {
		return "", err
	}
	name, err := filepath.Rel(absolute, file)
	if err != nil || name == ".." || strings.HasPrefix(name, ".."+string(filepath.Separator)) {
		return "", nil
	}
	return filepath.ToSlash(name), nil
}

// ignored reads .dockerignore: the Dockerfile's own, or else the context's.
func ignored(root, dockerfile string) (*patternmatcher.PatternMatcher, error) {
	for _, name := range []string{dockerfile + ".dockerignore", filepath.Join(root, ".dockerignore")} {
		f, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		patterns, err := ignorefile.ReadAll(f)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return patternmatcher.New(patterns)
	}
	return patternmatcher.New(nil)
}

func walk(root string, matcher *patternmatcher.PatternMatcher) ([]entry, error) {
	var files []entry
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, file)
		if err != nil || name == "." {
			return err
		}
		left, err := matcher.MatchesOrParentMatches(filepath.ToSlash(name))
		if err != nil {
			return err
		}
		if left {
			// A folder that is left out may hold files that a later "!" keeps.
			if d.IsDir() && !matcher.Exclusions() {
				return filepath.SkipDir
			}
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		files = append(files, entry{path: file, name: filepath.ToSlash(name), info: info})
		return nil
	})
	return files, err
}

// contextDigest says what a build is made from: names, modes and contents, in
// the very form of the official plugin, so that neither kind of plugin takes the
// other's for a change. Times and owners do not count: a fresh clone builds
// nothing anew.
func contextDigest(b *dockerBuild) (string, error) {
	root, dockerfile := b.paths()
	if _, _, err := buildFiles(b); err != nil {
		return "", err
	}
	matcher, err := ignored(root, dockerfile)
	if err != nil {
		return "", err
	}
	files, err := walk(root, matcher)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	// The Dockerfile first, whatever its name, with a mode of its own; inside of
	// the context it comes once more.
	if err := digestEntry(sum, dockerfile, "Dockerfile", 0); err != nil {
		return "", err
	}
	for _, f := range files {
		if f.info.IsDir() {
			continue
		}
		if err := digestEntry(sum, f.path, f.name, f.info.Mode()); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// digestEntry adds one file to a digest: its name, its mode as text, the digest
// of its content (of a link: of the path that it leads to), and a zero.
func digestEntry(sum io.Writer, file, name string, mode fs.FileMode) error {
	content := sha256.New()
	switch {
	case mode.Type() == fs.ModeSymlink:
		target, err := filepath.EvalSymlinks(file)
		if err != nil {
			return err
		}
		_, _ = io.WriteString(content, filepath.ToSlash(target))
	case mode.IsRegular():
		opened, err := os.Open(file)
		if err != nil {
			return err
		}
		_, err = io.Copy(content, opened)
		if err = errors.Join(err, opened.Close()); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(sum, "%s%s%s\x00", path.Clean(name), mode, content.Sum(nil))
	return err
}

func (f entry) copyTo(w io.Writer) error {
	if f.info.Mode()&fs.ModeSymlink != 0 {
		target, err := os.Readlink(f.path)
		if err == nil {
			_, err = io.WriteString(w, target)
		}
		return err
	}
	if !f.info.Mode().IsRegular() {
		return nil
	}
	file, err := os.Open(f.path)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, file)
	return errors.Join(err, file.Close())
}

// writeContext sends a build context: always the same order, owned by root, so
// that the builder's cache knows every file it has seen.
func writeContext(files []entry, w io.Writer) error {
	archive := tar.NewWriter(w)
	for _, f := range files {
		link := ""
		if f.info.Mode()&fs.ModeSymlink != 0 {
			var err error
			if link, err = os.Readlink(f.path); err != nil {
				return err
			}
		}
		header, err := tar.FileInfoHeader(f.info, link)
		if err != nil {
			return fmt.Errorf("%s: %w", f.path, err)
		}
		header.Name = f.name
		if f.info.IsDir() {
			header.Name = path.Clean(f.name) + "/"
		}
		header.Uid, header.Gid, header.Uname, header.Gname = 0, 0, "", ""
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		if f.info.Mode().IsRegular() {
			if err := f.copyTo(archive); err != nil {
				return fmt.Errorf("%s: %w", f.path, err)
			}
		}
	}
	return archive.Close()
}
