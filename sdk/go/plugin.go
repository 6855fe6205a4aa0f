package scorebox

import (
	"fmt"
	"runtime/debug"
)

// Evaluate scores one sample; nothing survives to the next one. An error means that the plugin could not score: a bad
// answer is a score.
type Evaluate func(sample *Sample) (Score, error)

// Plugin is a check, as its author writes it. S is a struct of settings. Hand it to Export.
type Plugin[S any] struct {
	// About is what the plugin is.
	About About
	// Configure gets the check ready. Do here whatever is expensive, such as compiling patterns: the host keeps the
	// result and starts every sample from it. Return FailSettings(…) where a value is wrong in a way that its type cannot
	// say.
	Configure func(settings S) (Evaluate, error)
}

// Definition is a plugin of any settings.
type Definition interface {
	about() About
	schema() map[string]any
	configure(settings string) (Evaluate, error)
}

func (p Plugin[S]) about() About { return p.About }

func (p Plugin[S]) schema() map[string]any { return settingsSchema[S]() }

func (p Plugin[S]) configure(text string) (Evaluate, error) {
	settings, err := parseSettings[S](text)
	if err != nil {
		return nil, err
	}
	return p.Configure(settings)
}

// NoSettings is for plugins that have nothing to set.
type NoSettings struct{}

var exported Definition

// Export makes the component out of a plugin: once, in the init function of package main.
func Export(plugin Definition) { exported = plugin }

// configured makes what evaluates samples, with all that every plugin does around it.
func configured(plugin Definition, settings string) (evaluate Evaluate, err error) {
	defer recovered(&err)
	inner, err := plugin.configure(settings)
	if err != nil {
		return nil, err
	}
	needs := plugin.about().needs
	return func(sample *Sample) (score Score, err error) {
		defer recovered(&err)
		for _, need := range needs {
			if lacks, part := lacking(sample, need); lacks {
				return Score{}, FailSample("this check needs %s, and the sample has none", part)
			}
		}
		score, err = inner(sample)
		if err != nil {
			return Score{}, err
		}
		if kept := taken(&score); kept < len(score.Findings) {
			LogWarn("%d findings after the first %d were dropped", len(score.Findings)-kept, kept)
			score.Findings = score.Findings[:kept]
		}
		return score, nil
	}, nil
}

func lacking(sample *Sample, need Need) (bool, string) {
	switch need {
	case NeedInput:
		return sample.Input == "", "an input"
	case NeedExpected:
		return sample.Expected == nil, "an expected answer"
	case NeedContext:
		return len(sample.Context) == 0, "passages in its context"
	default:
		return len(sample.Conversation) == 0, "a conversation"
	}
}

// recovered makes a failure of a panic.
func recovered(err *error) {
	if panicked := recover(); panicked != nil {
		LogError("panic: %v\n%s", panicked, debug.Stack())
		*err = Failed("panic: %s", fmt.Sprint(panicked))
	}
}
