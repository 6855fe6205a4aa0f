// Package scorebox is for writing Scorebox plugins in Go: checks that the host runs in a sandbox, on one sample at a
// time. The README has a whole one.
package scorebox

import "slices"

// Need is a part of a sample that a plugin cannot do without. The output is always there.
type Need uint8

// The parts.
const (
	NeedInput Need = iota
	NeedExpected
	NeedContext
	NeedConversation
)

// About is what a plugin says of itself. Name and version come from plugin.yaml, the schema from the settings.
type About struct {
	summary        string
	constraint     bool
	bounds         *[2]float64
	higherIsBetter bool
	needs          []Need
}

// Constraint is a rule that holds or does not, whose values lie in 0 to 1 unless Range says otherwise. The summary is
// one sentence that says what holds where the check passes: "Names no competitor."
func Constraint(summary string) About {
	return About{summary: summary, constraint: true, bounds: &[2]float64{0, 1}, higherIsBetter: true}
}

// Metric is a measure, whose threshold the suite sets. Its values have no bounds unless Range gives some.
func Metric(summary string) About {
	return About{summary: summary, higherIsBetter: true}
}

// Range gives the lowest and the highest value that a score can have. The host refuses scores outside.
func (a About) Range(low, high float64) About {
	a.bounds = &[2]float64{low, high}
	return a
}

// LowerIsBetter says that 0 beats 1, as for an error rate.
func (a About) LowerIsBetter() About {
	a.higherIsBetter = false
	return a
}

// Needs names a part of the sample without which the plugin is never asked.
func (a About) Needs(need Need) About {
	if !slices.Contains(a.needs, need) {
		a.needs = append(slices.Clone(a.needs), need)
	}
	return a
}
