package scorebox

// Field is the part of a sample that a span points into.
type Field uint8

// The parts.
const (
	Input Field = iota
	Output
	Context
)

// Span is a range of UTF-8 bytes, both ends on character boundaries.
type Span struct {
	Field Field
	// Start is the first byte, End the one past the last.
	Start, End int
	// Index is the passage's position, where the field is Context.
	Index int
}

// Finding is one thing that a plugin points at.
type Finding struct {
	// Rule is a stable identifier of what was found, in kebab-case. Reports count findings by it.
	Rule string
	// Message is one sentence for a person.
	Message string
	// Location is where it stands, if it stands anywhere.
	Location *Span
}

// NewFinding is a finding that stands nowhere in particular.
func NewFinding(rule, message string) Finding {
	return Finding{Rule: rule, Message: message}
}

// InOutput points at Output[start:end], as strings.Index and regexp give them.
func (f Finding) InOutput(start, end int) Finding {
	f.Location = &Span{Field: Output, Start: start, End: end}
	return f
}

// InInput points at Input[start:end].
func (f Finding) InInput(start, end int) Finding {
	f.Location = &Span{Field: Input, Start: start, End: end}
	return f
}

// InContext points at Context[index][start:end].
func (f Finding) InContext(index, start, end int) Finding {
	f.Location = &Span{Field: Context, Start: start, End: end, Index: index}
	return f
}
