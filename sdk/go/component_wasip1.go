package scorebox

import (
	"encoding/json"
	"errors"
	"math"
	"strings"

	_ "scorebox/internal/bindings/exports"
	"scorebox/internal/bindings/log"
	"scorebox/internal/bindings/metric"
	"scorebox/internal/bindings/types"
	wit "scorebox/internal/wit/types"
)

// name and version are set by `scorebox plugin build`, which has them from plugin.yaml.
var name, version string

// current is what configure left.
var current Evaluate

func init() {
	sink = func(level uint8, message string) { log.Log(level, sound(message)) }
	metric.Describe = describe
	metric.Configure = func(settings string) wit.Result[wit.Unit, types.Failure] {
		made, err := configured(exported, settings)
		if err != nil {
			return wit.Err[wit.Unit](lowered(err))
		}
		current = made
		return wit.Ok[wit.Unit, types.Failure](wit.Unit{})
	}
	metric.Evaluate = func(given types.Sample) wit.Result[types.Score, types.Failure] {
		if current == nil {
			return wit.Err[types.Score](lowered(Failed("evaluate was called before configure succeeded")))
		}
		sample := lifted(given)
		score, err := current(&sample)
		if err != nil {
			return wit.Err[types.Score](lowered(err))
		}
		return wit.Ok[types.Score, types.Failure](loweredScore(score))
	}
}

func describe() types.Descriptor {
	about := exported.about()
	schema, err := json.Marshal(exported.schema())
	if err != nil {
		panic(err)
	}
	made := types.Descriptor{
		Name:           name,
		Version:        version,
		Summary:        about.summary,
		Kind:           types.Kind_Metric,
		SettingsSchema: string(schema),
		Range:          wit.None[wit.Tuple2[float64, float64]](),
		HigherIsBetter: about.higherIsBetter,
	}
	if about.constraint {
		made.Kind = types.Kind_Constraint
	}
	if about.bounds != nil {
		made.Range = wit.Some(wit.Tuple2[float64, float64]{F0: about.bounds[0], F1: about.bounds[1]})
	}
	for _, need := range about.needs {
		made.Needs = append(made.Needs, types.Need(need))
	}
	return made
}

func lowered(err error) types.Failure {
	var failure *Failure
	if !errors.As(err, &failure) {
		return types.MakeFailureFailed(sound(err.Error()))
	}
	switch failure.Kind {
	case InvalidSettings:
		return types.MakeFailureInvalidSettings(sound(failure.Message))
	case InvalidSample:
		return types.MakeFailureInvalidSample(sound(failure.Message))
	default:
		return types.MakeFailureFailed(sound(failure.Message))
	}
}

// sound replaces what is no UTF-8.
func sound(text string) string { return strings.ToValidUTF8(text, "\ufffd") }

func lifted(given types.Sample) Sample {
	sample := Sample{
		ID:           given.Id,
		Input:        given.Input,
		Output:       given.Output,
		Context:      given.Context,
		MetadataText: given.Metadata,
	}
	if given.Expected.IsSome() {
		expected := given.Expected.Some()
		sample.Expected = &expected
	}
	for _, message := range given.Conversation {
		lifted := Message{Role: Role(message.Role), Content: message.Content}
		for _, call := range message.ToolCalls {
			lifted.ToolCalls = append(lifted.ToolCalls, ToolCall{call.Id, call.Name, call.Arguments})
		}
		sample.Conversation = append(sample.Conversation, lifted)
	}
	return sample
}

func loweredScore(score Score) types.Score {
	made := types.Score{Value: score.Value, Verdict: types.Verdict(score.Verdict), Summary: sound(score.Summary)}
	for _, finding := range score.Findings {
		lowered := types.Finding{
			Rule:     sound(finding.Rule),
			Message:  sound(finding.Message),
			Location: wit.None[types.Span](),
		}
		if span := finding.Location; span != nil {
			field := types.MakeFieldInput()
			switch span.Field {
			case Output:
				field = types.MakeFieldOutput()
			case Context:
				field = types.MakeFieldContext(position(span.Index))
			}
			lowered.Location = wit.Some(types.Span{Field: field, Start: position(span.Start), End: position(span.End)})
		}
		made.Findings = append(made.Findings, lowered)
	}
	for _, measure := range score.Measures {
		made.Measures = append(made.Measures, wit.Tuple2[string, float64]{F0: sound(measure.Name), F1: measure.Value})
	}
	return made
}

// position makes what does not fit lie outside every text, and the host says so.
func position(at int) uint32 {
	if at < 0 || int64(at) > math.MaxUint32 {
		return math.MaxUint32
	}
	return uint32(at)
}
