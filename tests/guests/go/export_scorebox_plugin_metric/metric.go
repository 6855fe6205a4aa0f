// Package export_scorebox_plugin_metric flags an answer that names a competitor: whole words, in any case of the ASCII
// letters. What the other languages beside this folder do, too, so that their costs can be compared.
package export_scorebox_plugin_metric

import (
	"cmp"
	"encoding/json"
	"slices"

	witTypes "go.bytecodealliance.org/pkg/wit/types"
	types "wit_component/scorebox_plugin_types"
)

const schema = `{"type": "object", "properties": {"competitors": {"type": "array", "items": {"type": "string"}, ` +
	`"minItems": 1}}, "required": ["competitors"], "additionalProperties": false}`

// The longest first, since the first that fits is taken.
var names []string

// Describe says what the plugin is.
func Describe() types.Descriptor {
	return types.Descriptor{
		Name:           "competitor-mention-go",
		Version:        "0.1.0",
		Summary:        "The answer names no competitor.",
		Kind:           types.Kind_Constraint,
		SettingsSchema: schema,
		Range:          witTypes.Some(witTypes.Tuple2[float64, float64]{F0: 0, F1: 1}),
		HigherIsBetter: true,
	}
}

// Configure takes the names.
func Configure(settings string) witTypes.Result[witTypes.Unit, types.Failure] {
	var read struct{ Competitors []string }
	err := json.Unmarshal([]byte(settings), &read)
	if err != nil || len(read.Competitors) == 0 || slices.Contains(read.Competitors, "") {
		failure := types.MakeFailureInvalidSettings("competitors: write a list of at least one name")
		return witTypes.Err[witTypes.Unit, types.Failure](failure)
	}
	names = read.Competitors
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return witTypes.Ok[witTypes.Unit, types.Failure](witTypes.Unit{})
}

// Evaluate finds the names.
func Evaluate(sample types.Sample) witTypes.Result[types.Score, types.Failure] {
	var findings []types.Finding
	output := sample.Output
	for at := 0; at < len(output); at++ {
		if at > 0 && inWord(output[at-1]) {
			continue
		}
		name, found := nameAt(output[at:])
		if !found {
			continue
		}
		end := at + len(name)
		span := types.Span{Field: types.MakeFieldOutput(), Start: uint32(at), End: uint32(end)}
		findings = append(findings, types.Finding{
			Rule:     "competitor-mention",
			Message:  "names " + name,
			Location: witTypes.Some(span),
		})
		at = end - 1
	}
	score := types.Score{
		Value:    1,
		Verdict:  types.Verdict_Pass,
		Findings: findings,
		Measures: []witTypes.Tuple2[string, float64]{{F0: "mentions", F1: float64(len(findings))}},
	}
	if len(findings) > 0 {
		score.Value, score.Verdict = 0, types.Verdict_Fail
	}
	return witTypes.Ok[types.Score, types.Failure](score)
}

// nameAt gives the name that text begins with, as a whole word.
func nameAt(text string) (string, bool) {
	for _, name := range names {
		if len(name) <= len(text) && same(text[:len(name)], name) &&
			(len(name) == len(text) || !inWord(text[len(name)])) {
			return name, true
		}
	}
	return "", false
}

func inWord(letter byte) bool {
	return letter >= 0x80 || letter >= '0' && letter <= '9' || lower(letter) >= 'a' && lower(letter) <= 'z'
}

// same ignores the case of the ASCII letters alone.
func same(a, b string) bool {
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(letter byte) byte {
	if letter >= 'A' && letter <= 'Z' {
		return letter + ('a' - 'A')
	}
	return letter
}
