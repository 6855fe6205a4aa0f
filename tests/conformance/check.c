// Does all that the conformance suite asks about: findings in every part, measures, failures, a panic.

#include "scorebox.h"

struct settings {
  scorebox_texts terms;
  bool case_sensitive;
};

static const scorebox_field FIELDS[] = {
    SCOREBOX_FIELD(struct settings, terms, "What must not appear."),
    SCOREBOX_OPTIONAL(struct settings, case_sensitive, "Tell `IT` from `it`.", "false"),
};

static scorebox_phrases terms;

static const scorebox_failure *configure(const void *given, const void **configured) {
  const struct settings *settings = given;
  *configured = &terms;
  scorebox_case letters = settings->case_sensitive ? SCOREBOX_MATCH_CASE : SCOREBOX_IGNORE_CASE;
  return scorebox_phrases_of_setting(&terms, "terms", settings->terms, letters);
}

// Points at every term in a text, which is the part of the sample that `within` says.
static void find(scorebox_text text, scorebox_span within, scorebox_score *score) {
  scorebox_hits hits = scorebox_find(&terms, text);
  for (size_t i = 0; i < hits.count; i++) {
    within.start = hits.items[i].start;
    within.end = hits.items[i].end;
    scorebox_text quote = {text.data + within.start, within.end - within.start};
    scorebox_add_finding(score, "term", scorebox_format("has “%.*s”", SCOREBOX_ARG(quote)), within);
  }
}

static const scorebox_failure *evaluate(const scorebox_sample *sample, const void *configured, scorebox_score *score) {
  (void)configured;
  if (scorebox_text_equals(sample->input, "panic")) scorebox_panic("deliberately");
  if (scorebox_text_equals(sample->input, "fail")) return scorebox_failed("gave up");
  if (scorebox_text_equals(sample->input, "refuse")) return scorebox_fail_sample("the sample will not do");
  if (scorebox_text_equals(sample->input, "outside")) {
    size_t beyond = sample->output.length + 1;
    scorebox_add_finding(score, "term", scorebox_text_of("outside"), scorebox_in_output(beyond, beyond));
    scorebox_from_findings(score);
    return NULL;
  }
  find(sample->output, scorebox_in_output(0, 0), score);
  find(sample->input, scorebox_in_input(0, 0), score);
  for (size_t i = 0; i < sample->context.count; i++) {
    find(sample->context.items[i], scorebox_in_context(i, 0, 0), score);
  }
  scorebox_from_findings(score);
  scorebox_measure(score, "found", (double)scorebox_count_findings(score));
  return NULL;
}

SCOREBOX_EXPORT(.kind = SCOREBOX_CONSTRAINT, .summary = "No part of the sample has a term.", SCOREBOX_FIELDS(FIELDS),
                .settings_size = sizeof(struct settings), .configure = configure, .evaluate = evaluate);
