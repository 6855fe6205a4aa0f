package scorebox

import (
	"encoding/json"
	"fmt"
	"math"
	"unicode/utf8"
)

// Check is for tests: it configures a plugin with settings (anything that JSON can write) and scores a sample. The error
// is the plugin's, or says why the host would refuse the score.
func Check(plugin Definition, settings any, sample Sample) (Score, error) {
	text, err := json.Marshal(settings)
	if err != nil {
		return Score{}, err
	}
	evaluate, err := configured(plugin, string(text))
	if err != nil {
		return Score{}, err
	}
	score, err := evaluate(&sample)
	if err != nil {
		return Score{}, err
	}
	if reason := objection(&score, &sample, plugin.about().bounds); reason != "" {
		return Score{}, Failed("the host would refuse this score: %s", reason)
	}
	return score, nil
}

// Quotes is for tests: the texts that the findings of a score point at, in order.
func Quotes(score Score, sample Sample) []string {
	var quotes []string
	for _, finding := range score.Findings {
		if quote, found := quoted(&sample, finding.Location); found {
			quotes = append(quotes, quote)
		}
	}
	return quotes
}

// Schema is for tests: the JSON Schema of a plugin's settings, as it goes into the descriptor.
func Schema(plugin Definition) map[string]any { return plugin.schema() }

func objection(score *Score, sample *Sample, bounds *[2]float64) string {
	values := []float64{score.Value}
	for _, measure := range score.Measures {
		values = append(values, measure.Value)
	}
	for _, value := range values {
		if math.IsNaN(value) || math.IsInf(value, 0) {
			return "a number is not finite"
		}
	}
	if bounds != nil && (score.Value < bounds[0] || score.Value > bounds[1]) {
		return fmt.Sprintf("the value %v is outside the declared range %v to %v", score.Value, bounds[0], bounds[1])
	}
	for _, finding := range score.Findings {
		if finding.Rule == "" {
			return "a finding has no rule"
		}
		if _, found := quoted(sample, finding.Location); !found && finding.Location != nil {
			return fmt.Sprintf("finding `%s` points outside its text or cuts a character: %+v", finding.Rule, *finding.Location)
		}
	}
	return ""
}

func quoted(sample *Sample, span *Span) (string, bool) {
	if span == nil {
		return "", false
	}
	text, found := sample.text(span)
	if !found || span.Start < 0 || span.Start > span.End || span.End > len(text) {
		return "", false
	}
	for _, at := range []int{span.Start, span.End} {
		if at < len(text) && !utf8.RuneStart(text[at]) {
			return "", false
		}
	}
	return text[span.Start:span.End], true
}
