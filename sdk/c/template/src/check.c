// Flags an answer that uses jargon.

#include "scorebox.h"

struct settings {
  scorebox_texts terms;
  bool case_sensitive;
};

static const scorebox_field FIELDS[] = {
    SCOREBOX_FIELD(struct settings, terms, "Words and phrases that must not appear."),
    SCOREBOX_OPTIONAL(struct settings, case_sensitive, "Tell `IT` from `it`.", "false"),
};

static scorebox_phrases terms;

static const scorebox_failure *configure(const void *given, const void **configured) {
  const struct settings *settings = given;
  if (settings->terms.count == 0) {
    return scorebox_fail_settings("terms: the list is empty; write at least one term");
  }
  *configured = &terms;
  scorebox_case letters = settings->case_sensitive ? SCOREBOX_MATCH_CASE : SCOREBOX_IGNORE_CASE;
  return scorebox_phrases_of_setting(&terms, "terms", settings->terms, letters);
}

static const scorebox_failure *evaluate(const scorebox_sample *sample, const void *configured, scorebox_score *score) {
  const char *output = sample->output.data;
  scorebox_hits hits = scorebox_find(configured, sample->output);
  for (size_t i = 0; i < hits.count; i++) {
    const scorebox_hit *hit = &hits.items[i];
    scorebox_text message = scorebox_format("uses “%.*s”", (int)(hit->end - hit->start), output + hit->start);
    scorebox_add_finding(score, "jargon", message, scorebox_in_output(hit->start, hit->end));
  }
  scorebox_from_findings(score);
  return NULL;
}

SCOREBOX_EXPORT(.kind = SCOREBOX_CONSTRAINT, .summary = "The answer uses no jargon.", SCOREBOX_FIELDS(FIELDS),
                .settings_size = sizeof(struct settings), .configure = configure, .evaluate = evaluate);
