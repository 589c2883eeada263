package docker

import "sort"

// label is a name and a value on a Docker object.
type label struct {
	Label string `docker:"label,required"`
	Value string `docker:"value,required"`
}

func labelMap(labels []label) map[string]string {
	m := make(map[string]string, len(labels))
	for _, l := range labels {
		m[l.Label] = l.Value
	}
	return m
}

// labelList is the labels of an object, without those that the engine or a
// stack of Docker's own tools put there.
func labelList(m map[string]string) []label {
	labels := []label{}
	for name, value := range m {
		labels = append(labels, label{name, value})
	}
	sort.Slice(labels, func(i, j int) bool { return labels[i].Label < labels[j].Label })
	return labels
}

// only keeps the keys of live that were given: engines add some of their own.
func only(live, given map[string]string) map[string]string {
	kept := map[string]string{}
	for key := range given {
		if value, ok := live[key]; ok {
			kept[key] = value
		}
	}
	return kept
}
