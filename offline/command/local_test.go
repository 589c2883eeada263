package command_test

import (
	"bytes"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"

	"semesterhub/offline/command"
	"semesterhub/offline/internal/kittest"
)

func local(t *testing.T) *kittest.Resource {
	return kittest.New(t, command.Provider(), "command:local:Command")
}

// engineLog collects what a provider logs.
type engineLog struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (l *engineLog) Write(data []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.Write(data)
}

func (l *engineLog) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.String()
}

func captureLog(t *testing.T) *engineLog {
	t.Helper()
	log, before := &engineLog{}, slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(log, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return log
}

func TestLocalLife(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	inputs := map[string]any{
		"create":      `echo "created $NAME"; echo warned >&2; cat > "$FILE"`,
		"update":      `echo "was $PULUMI_COMMAND_STDOUT, $PULUMI_COMMAND_STDERR"`,
		"delete":      `rm "$FILE"`,
		"environment": map[string]any{"NAME": "x", "FILE": file},
		"stdin":       "content",
	}
	r := local(t).MustCreate(inputs)
	if r.Text("stdout") != "created x" || r.Text("stderr") != "warned" || r.ID == "" {
		t.Errorf("%q %q %q", r.Text("stdout"), r.Text("stderr"), r.ID)
	}
	if content, err := os.ReadFile(file); err != nil || string(content) != "content" {
		t.Errorf("stdin: %q %v", content, err)
	}
	inputs["stdin"] = "changed"
	if got := r.Diff(inputs); !maps.Equal(got, map[string]p.DiffKind{"stdin": p.Update}) {
		t.Errorf("%v", got)
	}
	preview := r.PreviewUpdate(inputs)
	if !preview.Get("stdout").IsComputed() || preview.Get("stdin").AsString() != "changed" {
		t.Errorf("%#v", preview)
	}
	r.Update(inputs)
	if r.Text("stdout") != "was created x, warned" || r.Text("stderr") != "" {
		t.Errorf("%q", r.Text("stdout"))
	}
	r.Read()
	if err := r.Delete(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the delete did not run: %v", err)
	}
}

func TestWithoutUpdateCreateRunsAgain(t *testing.T) {
	r := local(t).MustCreate(map[string]any{"create": "echo one"})
	r.Update(map[string]any{"create": "echo two$PULUMI_COMMAND_STDOUT", "addPreviousOutputInEnv": false})
	if r.Text("stdout") != "two" {
		t.Errorf("%q", r.Text("stdout"))
	}
	if err := r.Delete(); err != nil {
		t.Error(err)
	}
}

func TestNothingToRun(t *testing.T) {
	r := local(t).MustCreate(map[string]any{"delete": "true"})
	r.Update(map[string]any{"delete": "false"})
	if err := r.Delete(); err == nil {
		t.Error("a delete that fails is no error")
	}
}

func TestTriggersReplace(t *testing.T) {
	r := local(t).MustCreate(map[string]any{"create": "true", "triggers": []any{"a", 1}})
	for _, triggers := range []any{[]any{"a", 2}, []any{"a"}, []any{"a", 1, 2}, []any{"a", kittest.Unknown()}} {
		got := r.Diff(map[string]any{"create": "true", "triggers": triggers})
		if !maps.Equal(got, map[string]p.DiffKind{"triggers": p.UpdateReplace}) {
			t.Errorf("%v: %v", triggers, got)
		}
	}
	got := r.Diff(map[string]any{"create": "true"})
	if !maps.Equal(got, map[string]p.DiffKind{"triggers": p.DeleteReplace}) {
		t.Errorf("%v", got)
	}
}

func TestInterpreterAndDir(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r := local(t).MustCreate(map[string]any{
		"create": "import os; print(os.getcwd())", "dir": dir, "interpreter": []any{"python3", "-c"},
	})
	if r.Text("stdout") != dir {
		t.Errorf("%q", r.Text("stdout"))
	}
}

func TestFailureShowsTheOutput(t *testing.T) {
	err := local(t).Create(map[string]any{"create": "echo out; echo err >&2; exit 3"})
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range []string{"exit status 3", "echo out", "out\n", "err\n"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("no %q in %q", part, err)
		}
	}
	err = local(t).Create(map[string]any{"create": kittest.Secret("echo hidden | tr h H; exit 3")})
	if err == nil || strings.Contains(err.Error(), "tr h H") {
		t.Errorf("a secret command is shown: %v", err)
	}
	r := local(t).MustCreate(map[string]any{"create": "echo fine"})
	before := r.State
	if err := r.TryUpdate(map[string]any{"create": "false"}); err == nil || !r.State.Equals(before) {
		t.Errorf("a failed update: %v", err)
	}
}

func TestLogging(t *testing.T) {
	for logging, want := range map[string][2]bool{
		"": {true, true}, "stdoutAndStderr": {true, true}, "stdout": {true, false},
		"stderr": {false, true}, "none": {false, false},
	} {
		t.Run("logging "+logging, func(t *testing.T) {
			log := captureLog(t)
			inputs := map[string]any{"create": "echo to-out; printf to-err >&2"}
			if logging != "" {
				inputs["logging"] = logging
			}
			r := local(t).MustCreate(inputs)
			text := log.String()
			if got := [2]bool{strings.Contains(text, "to-out"), strings.Contains(text, "to-err")}; got != want {
				t.Errorf("logged %v of %q", got, text)
			}
			if r.Text("stdout") != "to-out" || r.Text("stderr") != "to-err" {
				t.Error("logging changes the outputs")
			}
		})
	}
	if _, failures := local(t).Check(map[string]any{"logging": "all"}); failures["logging"] == "" {
		t.Error("an unknown kind of logging is accepted")
	}
}

func TestLinesAreLoggedWhileTheCommandRuns(t *testing.T) {
	log := captureLog(t)
	gate := filepath.Join(t.TempDir(), "gate")
	done := make(chan error, 1)
	r := local(t)
	go func() {
		done <- r.Create(map[string]any{
			"create":      `echo first; while [ ! -e "$GATE" ]; do sleep 0.05; done; echo second`,
			"environment": map[string]any{"GATE": gate},
		})
	}()
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(log.String(), "first"); {
		if time.Now().After(deadline) {
			t.Fatal("the first line does not show up")
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := os.WriteFile(gate, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil || !strings.Contains(log.String(), "second") {
		t.Errorf("%v: %s", err, log)
	}
}

func TestSecretsOfInputsCoverTheOutput(t *testing.T) {
	for name, inputs := range map[string]map[string]any{
		"environment": {"create": "env", "environment": map[string]any{"A": kittest.Secret("b")}},
		"stdin":       {"create": "cat", "stdin": kittest.Secret("x")},
		"create":      {"create": kittest.Secret("echo x")},
	} {
		r := local(t).MustCreate(inputs)
		if !r.State.Get("stdout").Secret() || !r.State.Get("stderr").Secret() {
			t.Errorf("%s: the output is no secret", name)
		}
	}
	if r := local(t).MustCreate(map[string]any{"create": "true"}); r.State.Get("stdout").Secret() {
		t.Error("a secret where none should be")
	}
}

func TestLongPreviousOutputIsLeftOut(t *testing.T) {
	log := captureLog(t)
	r := local(t).MustCreate(map[string]any{"create": "head -c 200000 /dev/zero | tr '\\0' x", "logging": "none"})
	r.Update(map[string]any{"create": "echo ${#PULUMI_COMMAND_STDOUT}"})
	if r.Text("stdout") != "0" || !strings.Contains(log.String(), "PULUMI_COMMAND_STDOUT is not set") {
		t.Errorf("%q %.300s", r.Text("stdout"), log)
	}
}

func TestCancelEndsTheCommand(t *testing.T) {
	provider := command.Provider()
	log := captureLog(t)
	r := kittest.New(t, provider, "command:local:Command")
	done := make(chan error, 1)
	go func() { done <- r.Create(map[string]any{"create": "echo started; exec sleep 60"}) }()
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(log.String(), "started"); {
		if time.Now().After(deadline) {
			t.Fatal("the command does not start")
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := provider.Cancel(t.Context()); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-done:
		if err == nil {
			t.Error("a command that was ended is no error")
		}
	case <-time.After(20 * time.Second):
		t.Error("the command goes on")
	}
}

func TestRefusedInputsAreNamed(t *testing.T) {
	for _, name := range []string{"assetPaths", "archivePaths"} {
		if _, failures := local(t).Check(map[string]any{name: []any{"*"}}); failures[name] == "" {
			t.Errorf("%s is ignored", name)
		}
	}
}
