package scorebox

// Verdict is a plugin's judgement of one sample.
type Verdict uint8

// The verdicts; Unjudged leaves it to the suite's threshold.
const (
	Pass Verdict = iota
	Fail
	Unjudged
)

// Measure is a number worth a trend.
type Measure struct {
	Name  string
	Value float64
}

// Score is what a plugin says of one sample.
type Score struct {
	// Value is in the unit and range of About; finite.
	Value   float64
	Verdict Verdict
	// Summary is one sentence for a person; empty where the findings say it all.
	Summary string
	// Findings are what the plugin points at. The host gets the first 1,000, and no more text than 256 KiB.
	Findings []Finding
	// Measures are further numbers worth a trend.
	Measures []Measure
}

// FromFindings is what a constraint returns: a pass of value 1 without findings, a fail of value 0 with any.
func FromFindings(findings []Finding) Score {
	if len(findings) > 0 {
		return Score{Value: 0, Verdict: Fail, Findings: findings}
	}
	return Score{Value: 1, Verdict: Pass}
}

// Value is what a metric returns, and the suite's threshold judges.
func Value(value float64) Score {
	return Score{Value: value, Verdict: Unjudged}
}

// Measure is the same with one more number worth a trend.
func (s Score) Measure(name string, value float64) Score {
	s.Measures = append(s.Measures, Measure{name, value})
	return s
}

const (
	// maxFindings are handed to the host: an answer that repeats an offence must not escape its verdict by that.
	maxFindings = 1_000
	// maxText is the bytes of text in one score, as JSON writes it.
	maxText = 256 << 10
)

// taken says how many of the findings the host takes.
func taken(score *Score) int {
	left := maxText - jsonLength(score.Summary)
	for _, measure := range score.Measures {
		left -= jsonLength(measure.Name)
	}
	for count, finding := range score.Findings {
		left -= jsonLength(finding.Rule) + jsonLength(finding.Message)
		if left < 0 || count == maxFindings {
			return count
		}
	}
	return len(score.Findings)
}

// jsonLength is the bytes of a text as JSON writes it, without the quotes.
func jsonLength(text string) int {
	length := len(text)
	for i := range len(text) {
		switch letter := text[i]; {
		case letter == '"' || letter == '\\' || letter == '\n' || letter == '\r' || letter == '\t' || letter == '\b' || letter == '\f':
			length++
		case letter < ' ':
			length += 5
		}
	}
	return length
}
