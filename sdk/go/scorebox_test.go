package scorebox

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

type term struct {
	Name string `json:"name" about:"What to look for."`
}

type testSettings struct {
	Terms         []term  `json:"terms"`
	CaseSensitive bool    `json:"case_sensitive" default:"false"`
	At            *string `json:"at" oneof:"start,end"`
	Limit         float64 `json:"limit" default:"1.5"`
}

func TestErrorsNameTheFieldAndWhatWasExpected(t *testing.T) {
	for text, message := range map[string]string{
		`{"term": []}`: "term: unknown field `term`, expected one of `terms`, `case_sensitive`, `at`, `limit`",
		`{}`:           "missing field `terms`",
		`{"terms": [{"name": "a"}, {"nam": "b"}]}`: "terms[1].nam: unknown field `nam`, expected `name`",
		`{"terms": [{}]}`:                         "terms[0]: missing field `name`",
		`{"terms": [], "case_sensitive": "yes"}`: `case_sensitive: invalid type: string "yes", expected a boolean`,
		`{"terms": [{"name": 1}]}`:               "terms[0].name: invalid type: integer `1`, expected a string",
		`{"terms": null}`:                        "terms: invalid type: null, expected a sequence",
		`{"terms": [], "at": "middle"}`:          "at: unknown variant `middle`, expected `start` or `end`",
		`[]`:                                     "write an object of fields",
	} {
		_, err := parseSettings[testSettings](text)
		var failure *Failure
		if !errors.As(err, &failure) || failure.Kind != InvalidSettings || failure.Message != message {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"{", `{"terms": []} {}`} {
		if _, err := parseSettings[testSettings](text); err == nil || !strings.Contains(err.Error(), "not JSON") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestSettingsAreReadAndDescribed(t *testing.T) {
	read, err := parseSettings[testSettings](`{"terms": [{"name": "a"}], "at": "end"}`)
	if err != nil || read.Terms[0].Name != "a" || *read.At != "end" || read.Limit != 1.5 || read.CaseSensitive {
		t.Error(read, err)
	}
	schema := settingsSchema[testSettings]()
	if !slices.Equal(schema["required"].([]string), []string{"terms"}) || schema["additionalProperties"] != false {
		t.Error(schema)
	}
}

func TestWhatAReaderOverlooksIsLevelled(t *testing.T) {
	for left, right := range map[string]string{
		"STRAẞE": "straße", "\u1ffd": "'", "Straße": "STRASSE", "ΟΔΟΣ": "οδος", "İstanbul": "ISTANBUL",
		"I\u0307stanbul": "istanbul", "ısparta": "ISPARTA", "Café": "CAFE\u0301", "can’t": "can't",
		"A\u00adc\u200bme": "acme", "a \t\n\u00a0 b": "a b", "ＡＣＭＥ２": "acme2", "30–day": "30-day", "각": "각",
	} {
		if Fold(left, IgnoreCase).Text != Fold(right, IgnoreCase).Text {
			t.Errorf("%q is not %q", Fold(left, IgnoreCase).Text, Fold(right, IgnoreCase).Text)
		}
	}
}

func TestTheLongestWholeWordsWin(t *testing.T) {
	for _, one := range []struct {
		phrases []string
		text    string
		found   []string
	}{
		{[]string{"acme", "acme corp"}, "Acme Corp, acme\n corp, Acme Corps", []string{"Acme Corp", "acme\n corp", "Acme"}},
		{[]string{"C++"}, "C++ and c++20, abc++", []string{"C++", "c++"}},
		{[]string{"straß", "cafe"}, "strassen Café", nil},
		{[]string{"acme"}, "Acmé acme_ 𝄞acme アクメacmeの Ac\u00adme\u00ad", []string{"acme", "acme", "Ac\u00adme"}},
		{[]string{"strasse"}, "a  STRASSE  Straße", []string{"STRASSE", "Straße"}},
	} {
		phrases, err := NewPhrases("terms", one.phrases, IgnoreCase)
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, hit := range phrases.Find(one.text) {
			found = append(found, one.text[hit.Start:hit.End])
		}
		if !slices.Equal(found, one.found) {
			t.Errorf("%q: %q", one.text, found)
		}
	}
	if _, err := NewPhrases("terms", []string{"a", " \u00ad"}, IgnoreCase); err == nil || !strings.Contains(err.Error(), "terms[1]: ") {
		t.Error(err)
	}
}

func TestAPluginIsHeldToTheHostsRules(t *testing.T) {
	made := func(about About, evaluate Evaluate) Plugin[NoSettings] {
		return Plugin[NoSettings]{about, func(NoSettings) (Evaluate, error) { return evaluate, nil }}
	}
	at := func(start, end int) Plugin[NoSettings] {
		return made(Constraint("Points."), func(*Sample) (Score, error) {
			return FromFindings([]Finding{NewFinding("r", "m").InOutput(start, end)}), nil
		})
	}
	for _, span := range [][2]int{{0, 99}, {0, 1}, {-1, 0}, {4, 0}} {
		if _, err := Check(at(span[0], span[1]), NoSettings{}, OfOutput("𝄞")); err == nil {
			t.Errorf("%v is no span", span)
		}
	}
	panics := made(Metric("Panics."), func(*Sample) (Score, error) { panic("deliberately") })
	if _, err := Check(panics, NoSettings{}, OfOutput("")); err == nil || err.Error() != "panic: deliberately" {
		t.Error(err)
	}
	wants := made(Metric("Wants.").Needs(NeedExpected), func(*Sample) (Score, error) { return Value(1), nil })
	if _, err := Check(wants, NoSettings{}, OfOutput("")); err == nil || !strings.Contains(err.Error(), "needs an expected answer") {
		t.Error(err)
	}
}

func TestAnOffenceThatIsRepeatedAtLengthKeepsItsVerdict(t *testing.T) {
	for message, kept := range map[string]int{"short": 1000, strings.Repeat("a", 1023): 256, strings.Repeat("\x00", 1<<10): 42} {
		findings := slices.Repeat([]Finding{NewFinding("r", message)}, 2000)
		score := FromFindings(findings)
		if taken(&score) != kept {
			t.Errorf("%d, not %d", taken(&score), kept)
		}
	}
}
