package scorebox

import "encoding/json"

// Role says who speaks in a message.
type Role uint8

// The roles.
const (
	System Role = iota
	User
	Assistant
	ToolReply
)

// ToolCall is one call of a tool.
type ToolCall struct {
	ID, Name string
	// Arguments is the text of a JSON value.
	Arguments string
}

// Message is one message of the conversation that led to the output.
type Message struct {
	Role      Role
	Content   string
	ToolCalls []ToolCall
}

// Sample is one exchange under evaluation.
type Sample struct {
	// ID is unique in its dataset.
	ID string
	// Input is what the user asked. Structured inputs arrive as JSON text.
	Input string
	// Output is what the system answered.
	Output string
	// Expected is the reference answer, where there is one.
	Expected *string
	// Context holds the passages that the answer has to rest on, in order.
	Context []string
	// Conversation holds the messages that led to the output, oldest first; empty for a single turn.
	Conversation []Message
	// MetadataText is the text of a JSON object. See Metadata.
	MetadataText string
}

// OfOutput is a sample with nothing but an output, to build the others from in tests.
func OfOutput(output string) Sample {
	return Sample{ID: "sample", Output: output, MetadataText: "{}"}
}

// Metadata is everything else that the dataset carries for this sample; a failure if it is no JSON object.
func (s *Sample) Metadata() (map[string]any, error) {
	read := map[string]any{}
	if s.MetadataText == "" {
		return read, nil
	}
	if err := json.Unmarshal([]byte(s.MetadataText), &read); err != nil {
		return nil, FailSample("the metadata is not a JSON object: %v", err)
	}
	return read, nil
}

// text is what a span points into.
func (s *Sample) text(span *Span) (string, bool) {
	switch span.Field {
	case Input:
		return s.Input, true
	case Output:
		return s.Output, true
	default:
		if span.Index < 0 || span.Index >= len(s.Context) {
			return "", false
		}
		return s.Context[span.Index], true
	}
}
