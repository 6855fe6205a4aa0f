package scorebox

import "fmt"

// FailureKind tells failures apart.
type FailureKind uint8

// The kinds.
const (
	InvalidSettings FailureKind = iota
	InvalidSample
	OtherFailure
)

// Failure says why a plugin could not score. The host reports a fault, never a failed sample: an answer that breaks a
// rule is a Score with the verdict Fail.
type Failure struct {
	Kind    FailureKind
	Message string
}

// Error is the message with its kind.
func (f *Failure) Error() string {
	switch f.Kind {
	case InvalidSettings:
		return "invalid settings: " + f.Message
	case InvalidSample:
		return "invalid sample: " + f.Message
	default:
		return f.Message
	}
}

// FailSettings says that the settings are wrong. The message names the field, what is wrong, and what to write instead.
func FailSettings(format string, arguments ...any) error {
	return &Failure{InvalidSettings, fmt.Sprintf(format, arguments...)}
}

// FailSample says that this sample lacks what the plugin needs. The message says what.
func FailSample(format string, arguments ...any) error {
	return &Failure{InvalidSample, fmt.Sprintf(format, arguments...)}
}

// Failed is anything else that keeps the plugin from scoring.
func Failed(format string, arguments ...any) error {
	return &Failure{OtherFailure, fmt.Sprintf(format, arguments...)}
}
