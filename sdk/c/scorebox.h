// Write a Scorebox plugin in C. A plugin is a check that the host runs in a sandbox, on one sample at a time: the fields of
// its settings, a function that gets it ready, one that scores, and one SCOREBOX_EXPORT. The README has a whole one.
//
// - Positions are bytes of UTF-8, as the contract has them. A text is not terminated by a zero byte, and may hold some.
// - Every sample starts from what `configure` left, in a fresh copy, so nothing has to be freed.
// - There is no clock, no randomness, no network and no file system, so the same sample always gives the same score.
#ifndef SCOREBOX_H
#define SCOREBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Texts

// UTF-8 of a known length.
typedef struct scorebox_text {
  const char *data;
  size_t length;
} scorebox_text;

typedef struct scorebox_texts {
  const scorebox_text *items;
  size_t count;
} scorebox_texts;

// The text of a string that a zero byte ends.
scorebox_text scorebox_text_of(const char *string);
bool scorebox_text_equals(scorebox_text text, const char *string);
// A text as printf makes it. A text goes in by "%.*s" and SCOREBOX_ARG(text).
scorebox_text scorebox_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
#define SCOREBOX_ARG(text) (int)(text).length, (text).data

// Zeroed memory; a plugin without memory ends. It is never freed: see above.
void *scorebox_alloc(size_t count, size_t size);

// Failures

// Why a plugin could not score. The host reports a fault, never a failed sample: an answer that breaks a rule is a score
// with the verdict fail. Functions return NULL where nothing failed.
typedef struct scorebox_failure scorebox_failure;

// The settings are wrong: the field, what is wrong, and what to write instead.
const scorebox_failure *scorebox_fail_settings(const char *format, ...) __attribute__((format(printf, 1, 2)));
// This sample lacks what the plugin needs.
const scorebox_failure *scorebox_fail_sample(const char *format, ...) __attribute__((format(printf, 1, 2)));
// Anything else that keeps the plugin from scoring.
const scorebox_failure *scorebox_failed(const char *format, ...) __attribute__((format(printf, 1, 2)));
// Says why, and ends the plugin: for what cannot be.
_Noreturn void scorebox_panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Lines for the plugin's author. The host shows them with the plugin's name, and bounds their size and number.
void scorebox_log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
void scorebox_log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void scorebox_log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void scorebox_log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Samples

typedef enum scorebox_role { SCOREBOX_SYSTEM, SCOREBOX_USER, SCOREBOX_ASSISTANT, SCOREBOX_TOOL } scorebox_role;

typedef struct scorebox_tool_call {
  scorebox_text id, name;
  // JSON.
  scorebox_text arguments;
} scorebox_tool_call;

typedef struct scorebox_message {
  scorebox_role role;
  scorebox_text content;
  const scorebox_tool_call *tool_calls;
  size_t tool_call_count;
} scorebox_message;

// One exchange under evaluation.
typedef struct scorebox_sample {
  // Unique in its dataset.
  scorebox_text id;
  // What the user asked. Structured inputs arrive as JSON text.
  scorebox_text input;
  // What the system answered.
  scorebox_text output;
  bool has_expected;
  // The reference answer, where there is one.
  scorebox_text expected;
  // The passages that the answer has to rest on, in order.
  scorebox_texts context;
  // The messages that led to the output, oldest first; none for a single turn.
  const scorebox_message *conversation;
  size_t message_count;
  // A JSON object: everything else that the dataset carries for this sample.
  scorebox_text metadata;
} scorebox_sample;

// Scores

typedef enum scorebox_verdict {
  SCOREBOX_PASS,
  SCOREBOX_FAIL,
  // Only the suite's threshold can say.
  SCOREBOX_UNJUDGED,
} scorebox_verdict;

typedef enum scorebox_part { SCOREBOX_NOWHERE, SCOREBOX_INPUT, SCOREBOX_OUTPUT, SCOREBOX_CONTEXT } scorebox_part;

// A part of one text of the sample, in bytes; `end` is one past the last.
typedef struct scorebox_span {
  scorebox_part part;
  size_t start, end;
  // The passage's position, where the part is SCOREBOX_CONTEXT.
  size_t index;
} scorebox_span;

scorebox_span scorebox_in_output(size_t start, size_t end);
scorebox_span scorebox_in_input(size_t start, size_t end);
scorebox_span scorebox_in_context(size_t index, size_t start, size_t end);
scorebox_span scorebox_nowhere(void);

// What a plugin says of one sample. It comes in as zeros but for the verdict, which is unjudged.
typedef struct scorebox_score {
  // In the unit and range of what the plugin says of itself; finite.
  double value;
  scorebox_verdict verdict;
  // One sentence for a person; empty where the findings say it all.
  scorebox_text summary;
  struct scorebox_findings *findings;
  struct scorebox_measures *measures;
} scorebox_score;

// Adds one thing that the plugin points at: a stable rule in kebab-case, and one sentence for a person. The host gets the
// first 1,000, and no more text than 256 KiB.
void scorebox_add_finding(scorebox_score *score, const char *rule, scorebox_text message, scorebox_span location);
size_t scorebox_count_findings(const scorebox_score *score);
// What a constraint says: a pass of value 1 without findings, a fail of value 0 with any.
void scorebox_from_findings(scorebox_score *score);
// Adds a number worth a trend.
void scorebox_measure(scorebox_score *score, const char *name, double value);

// Settings

typedef enum scorebox_type {
  SCOREBOX_TYPE_TEXT,
  SCOREBOX_TYPE_TEXTS,
  SCOREBOX_TYPE_BOOLEAN,
  SCOREBOX_TYPE_INTEGER,
  SCOREBOX_TYPE_NUMBER,
} scorebox_type;

// One field of the settings. Make it with the macros below.
typedef struct scorebox_field {
  const char *name;
  scorebox_type type;
  size_t offset;
  // What users read.
  const char *about;
  // JSON of the value where it is left out; NULL where it must not be.
  const char *otherwise;
} scorebox_field;

// The member of the struct of settings says the type: scorebox_text, scorebox_texts, bool, int64_t or double.
#define SCOREBOX_TYPE_OF(member)                                                                                       \
  _Generic((member),                                                                                                   \
      scorebox_text: SCOREBOX_TYPE_TEXT,                                                                               \
      scorebox_texts: SCOREBOX_TYPE_TEXTS,                                                                             \
      bool: SCOREBOX_TYPE_BOOLEAN,                                                                                     \
      int64_t: SCOREBOX_TYPE_INTEGER,                                                                                  \
      double: SCOREBOX_TYPE_NUMBER)
// A field that has to be given.
#define SCOREBOX_FIELD(settings, member, about)                                                                        \
  {#member, SCOREBOX_TYPE_OF(((settings *)0)->member), offsetof(settings, member), about, NULL}
// A field that may be left out: it is then `otherwise`, as JSON.
#define SCOREBOX_OPTIONAL(settings, member, about, otherwise)                                                          \
  {#member, SCOREBOX_TYPE_OF(((settings *)0)->member), offsetof(settings, member), about, otherwise}

// The plugin

typedef enum scorebox_kind {
  // A rule that holds or does not, whose values lie in 0 to 1 unless a range says otherwise.
  SCOREBOX_CONSTRAINT,
  // A measure, whose threshold the suite sets. Its values have no bounds unless a range gives some.
  SCOREBOX_METRIC,
} scorebox_kind;

typedef enum scorebox_need {
  SCOREBOX_NEEDS_INPUT = 1,
  SCOREBOX_NEEDS_EXPECTED = 2,
  SCOREBOX_NEEDS_CONTEXT = 4,
  SCOREBOX_NEEDS_CONVERSATION = 8,
} scorebox_need;

// A check, as its author writes it.
typedef struct scorebox_plugin {
  scorebox_kind kind;
  // One sentence that says what holds where the check passes. The same as in plugin.yaml.
  const char *summary;
  bool has_range;
  // The lowest and the highest value that a score can have. The host refuses scores outside.
  double range[2];
  // 0 beats 1, as for an error rate.
  bool lower_is_better;
  // The parts of a sample without which `evaluate` is never called: values of scorebox_need, joined by |.
  unsigned needs;
  // The fields of the settings, and their number; none for a plugin that has nothing to set.
  const scorebox_field *fields;
  size_t field_count;
  // Size of the struct that the fields are members of.
  size_t settings_size;
  // Gets the check ready, and sets what every `evaluate` is handed. Do here whatever is expensive: the host keeps the
  // memory and starts every sample from it. Fail where a value is wrong in a way that its type cannot say.
  const scorebox_failure *(*configure)(const void *settings, const void **configured);
  // Scores one sample; nothing survives to the next one. A bad answer is a score, not a failure.
  const scorebox_failure *(*evaluate)(const scorebox_sample *sample, const void *configured, scorebox_score *score);
} scorebox_plugin;

extern const scorebox_plugin scorebox_exported;
// Makes the component out of a plugin: once.
#define SCOREBOX_EXPORT(...) const scorebox_plugin scorebox_exported = {__VA_ARGS__}
// For `.fields` and `.field_count`.
#define SCOREBOX_FIELDS(array) .fields = (array), .field_count = sizeof(array) / sizeof *(array)

// Finding words as a reader does. The rules are those of every other SDK:
//
// - letters and accents are canonically decomposed, so both spellings of é are one;
// - with SCOREBOX_IGNORE_CASE, case is folded in full: ß is ss, final sigma is sigma, İ and ı are i;
// - every run of white space is one space;
// - typographic quotes and dashes are ', " and -, full-width letters and digits are ASCII;
// - soft hyphens and zero-width characters are left out.

typedef enum scorebox_case { SCOREBOX_IGNORE_CASE, SCOREBOX_MATCH_CASE } scorebox_case;

// One place where a phrase stands, in bytes of the text as it was written.
typedef struct scorebox_hit {
  // Position of the phrase in the list.
  size_t phrase;
  size_t start, end;
} scorebox_hit;

typedef struct scorebox_hits {
  const scorebox_hit *items;
  size_t count;
} scorebox_hits;

// Finds any of a list of phrases in a text. Make it once, in `configure`.
typedef struct scorebox_phrases {
  scorebox_texts folded;
  scorebox_case letters;
  // Set it to find the phrases within words too: refund in nonrefundable.
  bool within_words;
} scorebox_phrases;

// Gets ready to look for the phrases of the setting `name`; a failure of settings where one is empty.
const scorebox_failure *scorebox_phrases_of_setting(scorebox_phrases *phrases, const char *name, scorebox_texts texts,
                                                    scorebox_case letters);
// Where the phrases stand, from left to right. Where hits overlap, the one that starts first counts, and of those the
// longest.
scorebox_hits scorebox_find(const scorebox_phrases *phrases, scorebox_text text);
// Every place where a phrase stands, from left to right; of those that start at the same place the longest first.
scorebox_hits scorebox_find_overlapping(const scorebox_phrases *phrases, scorebox_text text);

#ifdef __cplusplus
}
#endif

#endif
