// The glue between a plugin and the component that the host runs. SCOREBOX_NAME and SCOREBOX_VERSION are set by
// `scorebox plugin build`, which has them from plugin.yaml.

#include <string.h>

#include "bindings/plugin.h"
#include "internal.h"

static bool is_configured;
static const void *configured;

static scorebox_text lifted(plugin_string_t text) { return (scorebox_text){(const char *)text.ptr, text.len}; }

// What is handed to the host is freed after the call, and so has to be memory of its own.
static plugin_string_t copied(scorebox_text text) {
  plugin_string_t copy = {scorebox_alloc(text.length, 1), text.length};
  if (text.length > 0) memcpy(copy.ptr, text.data, text.length);
  return copy;
}

static bool fail(const scorebox_failure *failure, exports_scorebox_plugin_metric_failure_t *to) {
  static const uint8_t TAGS[] = {
      [SCOREBOX_INVALID_SETTINGS] = SCOREBOX_PLUGIN_TYPES_FAILURE_INVALID_SETTINGS,
      [SCOREBOX_INVALID_SAMPLE] = SCOREBOX_PLUGIN_TYPES_FAILURE_INVALID_SAMPLE,
      [SCOREBOX_FAILED] = SCOREBOX_PLUGIN_TYPES_FAILURE_FAILED,
  };
  to->tag = TAGS[failure->kind];
  to->val.failed = copied(failure->message);
  return false;
}

void exports_scorebox_plugin_metric_describe(exports_scorebox_plugin_metric_descriptor_t *to) {
  const scorebox_plugin *plugin = &scorebox_exported;
  memset(to, 0, sizeof *to);
  to->name = copied(scorebox_text_of(SCOREBOX_NAME));
  to->version = copied(scorebox_text_of(SCOREBOX_VERSION));
  to->summary = copied(scorebox_text_of(plugin->summary));
  bool constraint = plugin->kind == SCOREBOX_CONSTRAINT;
  to->kind = constraint ? SCOREBOX_PLUGIN_TYPES_KIND_CONSTRAINT : SCOREBOX_PLUGIN_TYPES_KIND_METRIC;
  to->settings_schema = copied(scorebox_schema(plugin));
  to->range.is_some = plugin->has_range || constraint;
  to->range.val = (plugin_tuple2_f64_f64_t){0.0, 1.0};
  if (plugin->has_range) to->range.val = (plugin_tuple2_f64_f64_t){plugin->range[0], plugin->range[1]};
  to->higher_is_better = !plugin->lower_is_better;
  static const scorebox_need NEEDS[] = {
      [SCOREBOX_PLUGIN_TYPES_NEED_INPUT] = SCOREBOX_NEEDS_INPUT,
      [SCOREBOX_PLUGIN_TYPES_NEED_EXPECTED] = SCOREBOX_NEEDS_EXPECTED,
      [SCOREBOX_PLUGIN_TYPES_NEED_CONTEXT] = SCOREBOX_NEEDS_CONTEXT,
      [SCOREBOX_PLUGIN_TYPES_NEED_CONVERSATION] = SCOREBOX_NEEDS_CONVERSATION,
  };
  to->needs.ptr = scorebox_alloc(sizeof NEEDS / sizeof *NEEDS, sizeof *to->needs.ptr);
  for (uint8_t need = 0; need < sizeof NEEDS / sizeof *NEEDS; need++) {
    if (plugin->needs & NEEDS[need]) to->needs.ptr[to->needs.len++] = need;
  }
}

bool exports_scorebox_plugin_metric_configure(plugin_string_t *text, exports_scorebox_plugin_metric_failure_t *failure) {
  const scorebox_plugin *plugin = &scorebox_exported;
  void *settings = scorebox_alloc(1, plugin->settings_size);
  const scorebox_failure *failed = scorebox_read_settings(plugin, lifted(*text), settings);
  if (failed == NULL) failed = plugin->configure(settings, &configured);
  is_configured = failed == NULL;
  return failed == NULL || fail(failed, failure);
}

static const scorebox_message *messages(const scorebox_plugin_types_list_message_t *given) {
  scorebox_message *all = scorebox_alloc(given->len, sizeof *all);
  for (size_t i = 0; i < given->len; i++) {
    const scorebox_plugin_types_message_t *message = &given->ptr[i];
    scorebox_tool_call *calls = scorebox_alloc(message->tool_calls.len, sizeof *calls);
    for (size_t call = 0; call < message->tool_calls.len; call++) {
      const scorebox_plugin_types_tool_call_t *one = &message->tool_calls.ptr[call];
      calls[call] = (scorebox_tool_call){lifted(one->id), lifted(one->name), lifted(one->arguments)};
    }
    // The roles are numbered as the contract numbers them.
    all[i] = (scorebox_message){(scorebox_role)message->role, lifted(message->content), calls, message->tool_calls.len};
  }
  return all;
}

static scorebox_sample sample(const exports_scorebox_plugin_metric_sample_t *given) {
  scorebox_text *passages = scorebox_alloc(given->context.len, sizeof *passages);
  for (size_t i = 0; i < given->context.len; i++) passages[i] = lifted(given->context.ptr[i]);
  return (scorebox_sample){
      .id = lifted(given->id),
      .input = lifted(given->input),
      .output = lifted(given->output),
      .has_expected = given->expected.is_some,
      .expected = given->expected.is_some ? lifted(given->expected.val) : scorebox_text_of(""),
      .context = {passages, given->context.len},
      .conversation = messages(&given->conversation),
      .message_count = given->conversation.len,
      .metadata = lifted(given->metadata),
  };
}

// What the sample lacks of what the plugin needs, or NULL.
static const char *lacking(const scorebox_sample *sample) {
  unsigned needs = scorebox_exported.needs;
  if ((needs & SCOREBOX_NEEDS_INPUT) && sample->input.length == 0) return "an input";
  if ((needs & SCOREBOX_NEEDS_EXPECTED) && !sample->has_expected) return "an expected answer";
  if ((needs & SCOREBOX_NEEDS_CONTEXT) && sample->context.count == 0) return "passages in its context";
  if ((needs & SCOREBOX_NEEDS_CONVERSATION) && sample->message_count == 0) return "a conversation";
  return NULL;
}

// What does not fit lies outside every text, and the host says so.
static uint32_t position(size_t at) { return at > UINT32_MAX ? UINT32_MAX : (uint32_t)at; }

static scorebox_plugin_types_finding_t finding(const scorebox_finding *found) {
  scorebox_plugin_types_finding_t to = {.rule = copied(found->rule), .message = copied(found->message)};
  const scorebox_span *span = &found->location;
  if (span->part == SCOREBOX_NOWHERE) return to;
  to.location.is_some = true;
  to.location.val.field.tag = span->part == SCOREBOX_INPUT    ? SCOREBOX_PLUGIN_TYPES_FIELD_INPUT
                              : span->part == SCOREBOX_OUTPUT ? SCOREBOX_PLUGIN_TYPES_FIELD_OUTPUT
                                                              : SCOREBOX_PLUGIN_TYPES_FIELD_CONTEXT;
  to.location.val.field.val.context = position(span->index);
  to.location.val.start = position(span->start);
  to.location.val.end = position(span->end);
  return to;
}

static void lower(const scorebox_score *score, exports_scorebox_plugin_metric_score_t *to) {
  memset(to, 0, sizeof *to);
  to->value = score->value;
  // The verdicts are numbered as the contract numbers them.
  to->verdict = (uint8_t)score->verdict;
  to->summary = copied(score->summary);
  size_t count = scorebox_count_findings(score), kept = scorebox_taken(score);
  if (kept < count) scorebox_log_warn("%zu findings after the first %zu were dropped", count - kept, kept);
  to->findings.ptr = scorebox_alloc(kept, sizeof *to->findings.ptr);
  for (; to->findings.len < kept; to->findings.len++) {
    to->findings.ptr[to->findings.len] = finding(&score->findings->items[to->findings.len]);
  }
  size_t measures = score->measures == NULL ? 0 : score->measures->count;
  to->measures.ptr = scorebox_alloc(measures, sizeof *to->measures.ptr);
  for (; to->measures.len < measures; to->measures.len++) {
    const scorebox_named_number *measure = &score->measures->items[to->measures.len];
    to->measures.ptr[to->measures.len] = (plugin_tuple2_string_f64_t){copied(measure->name), measure->value};
  }
}

bool exports_scorebox_plugin_metric_evaluate(exports_scorebox_plugin_metric_sample_t *given,
                                             exports_scorebox_plugin_metric_score_t *to,
                                             exports_scorebox_plugin_metric_failure_t *failure) {
  if (!is_configured) return fail(scorebox_failed("evaluate was called before configure succeeded"), failure);
  scorebox_sample lifted_sample = sample(given);
  const char *lacks = lacking(&lifted_sample);
  if (lacks != NULL) {
    return fail(scorebox_fail_sample("this check needs %s, and the sample has none", lacks), failure);
  }
  scorebox_score score = {.verdict = SCOREBOX_UNJUDGED, .summary = scorebox_text_of("")};
  const scorebox_failure *failed = scorebox_exported.evaluate(&lifted_sample, configured, &score);
  if (failed != NULL) return fail(failed, failure);
  lower(&score, to);
  return true;
}
