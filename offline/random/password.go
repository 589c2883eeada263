package random

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"golang.org/x/crypto/bcrypt"

	"semesterhub/offline/internal/kit"
)

const (
	lowerCharacters   = "abcdefghijklmnopqrstuvwxyz"
	upperCharacters   = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digitCharacters   = "0123456789"
	specialCharacters = "!@#$%&*()-_=+[]{}<>:?"
	// bcrypt uses no more of a password than this.
	bcryptLimit = 72
)

func stringInputs() []kit.Input {
	return []kit.Input{
		keepers(),
		{Name: "length", Type: kit.Integer, Required: true},
		{Name: "lower", Type: kit.Bool, Default: true},
		{Name: "minLower", Type: kit.Integer, Default: 0},
		{Name: "minNumeric", Type: kit.Integer, Default: 0},
		{Name: "minSpecial", Type: kit.Integer, Default: 0},
		{Name: "minUpper", Type: kit.Integer, Default: 0},
		{Name: "number", Refused: "is deprecated and not carried out here; use `numeric`"},
		{Name: "numeric", Type: kit.Bool, Default: true},
		{Name: "overrideSpecial", Type: kit.String},
		{Name: "special", Type: kit.Bool, Default: true},
		{Name: "upper", Type: kit.Bool, Default: true},
	}
}

func randomPassword() kit.Resource {
	return kit.Resource{
		Token:    "random:index/randomPassword:RandomPassword",
		Inputs:   stringInputs(),
		Outputs:  []kit.Output{{Name: "bcryptHash", Secret: true}, {Name: "result", Secret: true}},
		Validate: validateString,
		Create: func(_ context.Context, req kit.Request) (kit.Result, error) {
			result, err := generate(req.Inputs)
			if err != nil {
				return kit.Result{}, err
			}
			hash, err := bcrypt.GenerateFromPassword(
				[]byte(result)[:min(len(result), bcryptLimit)], bcrypt.DefaultCost)
			return kit.Result{ID: "none", Outputs: map[string]property.Value{
				"result": kit.Text(result), "bcryptHash": kit.Text(string(hash)),
			}}, err
		},
	}
}

func randomString() kit.Resource {
	return kit.Resource{
		Token:    "random:index/randomString:RandomString",
		Inputs:   stringInputs(),
		Outputs:  []kit.Output{{Name: "result"}},
		Validate: validateString,
		Create: func(_ context.Context, req kit.Request) (kit.Result, error) {
			result, err := generate(req.Inputs)
			return kit.Result{ID: result, Outputs: map[string]property.Value{
				"result": kit.Text(result),
			}}, err
		},
	}
}

// class is one kind of characters that a string may hold.
type class struct {
	enabled, minimum string
	characters       string
}

func classes(in kit.Values) []class {
	special := specialCharacters
	if override := in.String("overrideSpecial"); override != "" {
		special = override
	}
	return []class{
		{"lower", "minLower", lowerCharacters},
		{"upper", "minUpper", upperCharacters},
		{"numeric", "minNumeric", digitCharacters},
		{"special", "minSpecial", special},
	}
}

func validateString(in kit.Values) []p.CheckFailure {
	failures := atLeastOne("length")(in)
	minimum, enabled, unknown := 0, false, false
	for _, c := range classes(in) {
		if !in.Has(c.enabled) || !in.Has(c.minimum) {
			unknown = true
			continue
		}
		enabled = enabled || in.Bool(c.enabled)
		minimum += in.Int(c.minimum)
		if in.Int(c.minimum) < 0 {
			failures = append(failures, kit.Failure(c.minimum, "must not be negative"))
		}
		if in.Int(c.minimum) > 0 && !in.Bool(c.enabled) {
			failures = append(failures, kit.Failure(c.minimum,
				fmt.Sprintf("must be 0, because `%s` is false", c.enabled)))
		}
	}
	for _, character := range in.String("overrideSpecial") {
		if character < ' ' || character > '~' {
			failures = append(failures, kit.Failure("overrideSpecial",
				fmt.Sprintf("must hold printable ASCII characters only, not %q", character)))
			break
		}
	}
	if unknown || !in.Has("length") || len(failures) > 0 {
		return failures
	}
	if !enabled {
		failures = append(failures, kit.Failure("lower",
			"at least one of `lower`, `upper`, `numeric` and `special` must be true"))
	}
	if minimum > in.Int("length") {
		failures = append(failures, kit.Failure("length", fmt.Sprintf(
			"must be at least the sum of the minimums, %d; it is %d", minimum, in.Int("length"))))
	}
	return failures
}

// generate makes the string: first each class's minimum, then any enabled characters, shuffled.
func generate(in kit.Values) (string, error) {
	var result []byte
	all := ""
	for _, c := range classes(in) {
		if !in.Bool(c.enabled) {
			continue
		}
		all += c.characters
		picked, err := pick(c.characters, in.Int(c.minimum))
		if err != nil {
			return "", err
		}
		result = append(result, picked...)
	}
	rest, err := pick(all, in.Int("length")-len(result))
	if err != nil {
		return "", err
	}
	result = append(result, rest...)
	for i := len(result) - 1; i > 0; i-- {
		j, err := below(i + 1)
		if err != nil {
			return "", err
		}
		result[i], result[j] = result[j], result[i]
	}
	return string(result), nil
}

func pick(characters string, count int) ([]byte, error) {
	result := make([]byte, 0, max(count, 0))
	for len(result) < count {
		i, err := below(len(characters))
		if err != nil {
			return nil, err
		}
		result = append(result, characters[i])
	}
	return result, nil
}

// below gives an even choice of 0 … n-1.
func below(n int) (int, error) {
	i, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		return 0, fmt.Errorf("reading random bytes: %w", err)
	}
	return int(i.Int64()), nil
}
