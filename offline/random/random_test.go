package random_test

import (
	"encoding/base64"
	"encoding/hex"
	"maps"
	"math/big"
	"regexp"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"golang.org/x/crypto/bcrypt"

	"semesterhub/offline/internal/kittest"
	"semesterhub/offline/random"
)

func thing(t *testing.T, name string) *kittest.Resource {
	t.Helper()
	lower := strings.ToLower(name[:1]) + name[1:]
	return kittest.New(t, random.Provider(), "random:index/"+lower+":"+name)
}

func TestBytes(t *testing.T) {
	r := thing(t, "RandomBytes").MustCreate(map[string]any{"length": 32})
	fromHex, err := hex.DecodeString(r.Text("hex"))
	if err != nil || len(fromHex) != 32 {
		t.Fatalf("hex: %v, %d bytes", err, len(fromHex))
	}
	fromBase64, err := base64.StdEncoding.DecodeString(r.Text("base64"))
	if err != nil || string(fromBase64) != string(fromHex) {
		t.Errorf("base64 holds other bytes: %v", err)
	}
	if !r.State.Get("hex").Secret() || !r.State.Get("base64").Secret() {
		t.Error("the value is no secret")
	}
	if strings.Contains(r.ID, r.Text("hex")) || r.ID == "" {
		t.Errorf("ID %q", r.ID)
	}
	other := thing(t, "RandomBytes").MustCreate(map[string]any{"length": 32})
	if other.Text("hex") == r.Text("hex") {
		t.Error("two values are the same")
	}
}

func TestID(t *testing.T) {
	r := thing(t, "RandomId").MustCreate(map[string]any{"byteLength": 6, "prefix": "x-"})
	data, err := hex.DecodeString(strings.TrimPrefix(r.Text("hex"), "x-"))
	if err != nil || len(data) != 6 {
		t.Fatalf("hex %q: %v", r.Text("hex"), err)
	}
	for name, want := range map[string]string{
		"dec":    "x-" + new(big.Int).SetBytes(data).String(),
		"b64Std": "x-" + base64.StdEncoding.EncodeToString(data),
		"b64Url": "x-" + base64.RawURLEncoding.EncodeToString(data),
	} {
		if r.Text(name) != want {
			t.Errorf("%s is %q, want %q", name, r.Text(name), want)
		}
	}
	if r.ID != base64.RawURLEncoding.EncodeToString(data) {
		t.Errorf("ID %q", r.ID)
	}
}

func TestPassword(t *testing.T) {
	r := thing(t, "RandomPassword").MustCreate(map[string]any{"length": 24})
	result := r.Text("result")
	if len(result) != 24 {
		t.Errorf("%d characters", len(result))
	}
	if !r.State.Get("result").Secret() || !r.State.Get("bcryptHash").Secret() || r.ID != "none" {
		t.Errorf("not secret, or shown in the ID %q", r.ID)
	}
	if err := bcrypt.CompareHashAndPassword([]byte(r.Text("bcryptHash")), []byte(result)); err != nil {
		t.Errorf("bcryptHash: %v", err)
	}
	long := thing(t, "RandomPassword").MustCreate(map[string]any{"length": 100})
	if len(long.Text("result")) != 100 {
		t.Error("a long password is cut off")
	}
	preview := thing(t, "RandomPassword").Preview(map[string]any{"length": 8})
	if !preview.Get("result").IsComputed() || !preview.Get("result").Secret() {
		t.Errorf("preview: %#v", preview)
	}
}

func TestStringHoldsWhatItIsTold(t *testing.T) {
	for name, test := range map[string]struct {
		inputs  map[string]any
		pattern string
	}{
		"digits": {map[string]any{"upper": false, "lower": false, "special": false}, `^[0-9]{40}$`},
		"letters": {map[string]any{"numeric": false, "special": false},
			`^[a-zA-Z]{40}$`},
		"own specials": {map[string]any{"upper": false, "lower": false, "numeric": false,
			"overrideSpecial": "_%"}, `^[_%]{40}$`},
		"lower only, with minimums": {map[string]any{"special": false, "numeric": false,
			"minUpper": 39, "minLower": 1}, `^[A-Z]*[a-z][A-Z]*$`},
		"all": {map[string]any{"minUpper": 1, "minLower": 1, "minNumeric": 1, "minSpecial": 1},
			`^[a-zA-Z0-9!@#$%&*()\-_=+\[\]{}<>:?]{40}$`},
	} {
		t.Run(name, func(t *testing.T) {
			test.inputs["length"] = 40
			r := thing(t, "RandomString").MustCreate(test.inputs)
			if !regexp.MustCompile(test.pattern).MatchString(r.Text("result")) {
				t.Errorf("%q", r.Text("result"))
			}
			if r.State.Get("result").Secret() || r.ID != r.Text("result") {
				t.Errorf("ID %q", r.ID)
			}
		})
	}
}

func TestMinimumsAreKeptAndShuffled(t *testing.T) {
	firsts := map[byte]bool{}
	for range 40 {
		r := thing(t, "RandomString").MustCreate(map[string]any{
			"length": 4, "minUpper": 1, "minLower": 1, "minNumeric": 1, "minSpecial": 1,
		})
		result := r.Text("result")
		for _, class := range []string{`[a-z]`, `[A-Z]`, `[0-9]`, `[^a-zA-Z0-9]`} {
			if len(regexp.MustCompile(class).FindAllString(result, -1)) != 1 {
				t.Fatalf("%q has not one of %s", result, class)
			}
		}
		firsts[result[0]] = true
	}
	letters := 0
	for c := range firsts {
		if c >= 'a' && c <= 'z' {
			letters++
		}
	}
	if letters == len(firsts) {
		t.Error("a lower case letter is always first")
	}
}

func TestBadInputsAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		resource string
		inputs   map[string]any
		property string
	}{
		"no bytes":          {"RandomBytes", map[string]any{"length": 0}, "length"},
		"no length":         {"RandomBytes", map[string]any{}, "length"},
		"no ID":             {"RandomId", map[string]any{"byteLength": 0}, "byteLength"},
		"no pet":            {"RandomPet", map[string]any{"length": 0}, "length"},
		"sum of minimums":   {"RandomString", map[string]any{"length": 2, "minLower": 3}, "length"},
		"negative":          {"RandomString", map[string]any{"length": 2, "minLower": -1}, "minLower"},
		"minimum of none":   {"RandomString", map[string]any{"length": 2, "lower": false, "minLower": 1}, "minLower"},
		"nothing":           {"RandomPassword", map[string]any{"length": 2, "lower": false, "upper": false, "numeric": false, "special": false}, "lower"},
		"deprecated number": {"RandomPassword", map[string]any{"length": 2, "number": false}, "number"},
		"beyond ASCII":      {"RandomPassword", map[string]any{"length": 2, "overrideSpecial": "é"}, "overrideSpecial"},
	} {
		t.Run(name, func(t *testing.T) {
			_, failures := thing(t, test.resource).Check(test.inputs)
			if failures[test.property] == "" {
				t.Errorf("got %v", failures)
			}
		})
	}
}

func TestPet(t *testing.T) {
	for name, test := range map[string]struct {
		inputs  map[string]any
		pattern string
	}{
		"default": {map[string]any{}, `^[a-z]+-[a-z]+$`},
		"one":     {map[string]any{"length": 1}, `^[a-z]+$`},
		"four":    {map[string]any{"length": 4, "separator": "_", "prefix": "my"}, `^my(_[a-z]+){4}$`},
	} {
		t.Run(name, func(t *testing.T) {
			r := thing(t, "RandomPet").MustCreate(test.inputs)
			if !regexp.MustCompile(test.pattern).MatchString(r.ID) {
				t.Errorf("%q", r.ID)
			}
		})
	}
}

func TestEveryChangeReplaces(t *testing.T) {
	r := thing(t, "RandomString").MustCreate(map[string]any{
		"length": 8, "keepers": map[string]any{"a": "1"},
	})
	for name, test := range map[string]struct {
		inputs map[string]any
		want   map[string]p.DiffKind
	}{
		"same": {map[string]any{"length": 8, "keepers": map[string]any{"a": "1"}, "special": true},
			map[string]p.DiffKind{}},
		"length": {map[string]any{"length": 9, "keepers": map[string]any{"a": "1"}},
			map[string]p.DiffKind{"length": p.UpdateReplace}},
		"keeper": {map[string]any{"length": 8, "keepers": map[string]any{"a": "2"}},
			map[string]p.DiffKind{"keepers": p.UpdateReplace}},
		"no keepers": {map[string]any{"length": 8}, map[string]p.DiffKind{"keepers": p.DeleteReplace}},
		"fewer classes": {map[string]any{"length": 8, "keepers": map[string]any{"a": "1"}, "special": false},
			map[string]p.DiffKind{"special": p.UpdateReplace}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := r.Diff(test.inputs); !maps.Equal(got, test.want) {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestRefreshAndDelete(t *testing.T) {
	r := thing(t, "RandomPassword").MustCreate(map[string]any{"length": 8})
	before := r.State
	r.Read()
	if !r.State.Equals(before) || r.ID != "none" {
		t.Errorf("a refresh changes %#v", r.State)
	}
	if err := r.Delete(); err != nil {
		t.Error(err)
	}
}
