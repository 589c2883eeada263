package docker

import (
	"sort"
	"strings"
)

// sorted is a copy in order, for sets: the same set asks for the same spec.
func sorted(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	out := append([]string(nil), list...)
	sort.Strings(out)
	return out
}

// envList is a map of variables as the engine takes them.
func envList(env map[string]string) []string {
	var list []string
	for name, value := range env {
		list = append(list, name+"="+value)
	}
	sort.Strings(list)
	return list
}

// pairs reads a list of NAME=VALUE.
func pairs(list []string) map[string]string {
	m := make(map[string]string, len(list))
	for _, entry := range list {
		name, value, _ := strings.Cut(entry, "=")
		m[name] = value
	}
	return m
}
