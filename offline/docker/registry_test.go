package docker

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// registryServer is as much of a registry as push and pull need. It wants the
// password that it was given, if any.
type registryServer struct {
	mutex    sync.Mutex
	blobs    map[string][]byte
	types    map[string]string
	password string
}

// newRegistry gives the address of a registry on this machine: engines take
// plain HTTP from there.
func newRegistry(t *testing.T, password string) string {
	t.Helper()
	r := &registryServer{blobs: map[string][]byte{}, types: map[string]string{}, password: password}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func (r *registryServer) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if _, password, _ := req.BasicAuth(); r.password != "" && password != r.password {
		w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
		http.Error(w, "who are you", http.StatusUnauthorized)
		return
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	path := req.URL.Path
	switch {
	case path == "/v2/":
		w.WriteHeader(http.StatusOK)
	case strings.Contains(path, "/blobs/uploads/"):
		r.upload(w, req)
	case req.Method == http.MethodPut:
		content, _ := io.ReadAll(req.Body)
		digest := digestOf(content)
		for _, key := range []string{path, path[:strings.LastIndex(path, "/")+1] + digest} {
			r.blobs[key], r.types[key] = content, req.Header.Get("Content-Type")
		}
		w.Header().Set("Docker-Content-Digest", digest)
		w.WriteHeader(http.StatusCreated)
	default:
		key := path
		if i := strings.Index(path, "/blobs/"); i >= 0 {
			key = path[i:]
		}
		content, ok := r.blobs[key]
		if !ok {
			http.NotFound(w, req)
			return
		}
		w.Header().Set("Content-Type", r.types[key])
		w.Header().Set("Docker-Content-Digest", digestOf(content))
		_, _ = w.Write(content)
	}
}

// upload takes a blob in pieces: POST begins, PATCH sends, PUT names it.
func (r *registryServer) upload(w http.ResponseWriter, req *http.Request) {
	key := req.URL.Path
	if req.Method == http.MethodPost {
		key += "one" + hex.EncodeToString([]byte{byte(len(r.blobs)), byte(len(r.types))})
		r.blobs[key], r.types[key] = nil, ""
	}
	content, _ := io.ReadAll(req.Body)
	r.blobs[key] = append(r.blobs[key], content...)
	w.Header().Set("Location", key)
	w.Header().Set("Docker-Upload-UUID", "one")
	w.Header().Set("Range", fmt.Sprintf("0-%d", max(len(r.blobs[key])-1, 0)))
	if digest := req.URL.Query().Get("digest"); digest != "" {
		r.blobs["/blobs/"+digest] = r.blobs[key]
		w.Header().Set("Docker-Content-Digest", digest)
		w.WriteHeader(http.StatusCreated)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}
