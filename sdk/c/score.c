// What a plugin says of a sample.

#include "internal.h"

// Findings that are handed to the host: an answer that repeats an offence must not escape its verdict by that.
#define MAX_FINDINGS 1000
// Bytes of text in one score, as JSON writes it.
#define MAX_TEXT (256 << 10)

scorebox_span scorebox_in_output(size_t start, size_t end) { return (scorebox_span){SCOREBOX_OUTPUT, start, end, 0}; }

scorebox_span scorebox_in_input(size_t start, size_t end) { return (scorebox_span){SCOREBOX_INPUT, start, end, 0}; }

scorebox_span scorebox_in_context(size_t index, size_t start, size_t end) {
  return (scorebox_span){SCOREBOX_CONTEXT, start, end, index};
}

scorebox_span scorebox_nowhere(void) { return (scorebox_span){SCOREBOX_NOWHERE, 0, 0, 0}; }

void scorebox_add_finding(scorebox_score *score, const char *rule, scorebox_text message, scorebox_span location) {
  if (score->findings == NULL) score->findings = scorebox_alloc(1, sizeof *score->findings);
  struct scorebox_findings *all = score->findings;
  all->items = scorebox_with_room(all->items, all->count, &all->room, sizeof *all->items);
  all->items[all->count++] = (scorebox_finding){scorebox_text_of(rule), message, location};
}

size_t scorebox_count_findings(const scorebox_score *score) { return score->findings == NULL ? 0 : score->findings->count; }

void scorebox_from_findings(scorebox_score *score) {
  bool good = scorebox_count_findings(score) == 0;
  score->value = good ? 1.0 : 0.0;
  score->verdict = good ? SCOREBOX_PASS : SCOREBOX_FAIL;
}

void scorebox_measure(scorebox_score *score, const char *name, double value) {
  if (score->measures == NULL) score->measures = scorebox_alloc(1, sizeof *score->measures);
  struct scorebox_measures *all = score->measures;
  all->items = scorebox_with_room(all->items, all->count, &all->room, sizeof *all->items);
  all->items[all->count++] = (scorebox_named_number){scorebox_text_of(name), value};
}

// Bytes of a text as JSON writes it, without the quotes.
static size_t json_length(scorebox_text text) {
  size_t length = text.length;
  for (size_t at = 0; at < text.length; at++) {
    switch (text.data[at]) {
      case '"':
      case '\\':
      case '\n':
      case '\r':
      case '\t':
      case '\b':
      case '\f':
        length += 1;
        break;
      default:
        if ((uint8_t)text.data[at] < ' ') length += 5;
    }
  }
  return length;
}

size_t scorebox_taken(const scorebox_score *score) {
  size_t text = json_length(score->summary);
  for (size_t i = 0; score->measures != NULL && i < score->measures->count; i++) {
    text += json_length(score->measures->items[i].name);
  }
  size_t count = scorebox_count_findings(score);
  if (count > MAX_FINDINGS) count = MAX_FINDINGS;
  for (size_t i = 0; i < count; i++) {
    text += json_length(score->findings->items[i].rule) + json_length(score->findings->items[i].message);
    if (text > MAX_TEXT) return i;
  }
  return count;
}
