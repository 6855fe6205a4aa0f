// Flags an answer that names a competitor: whole words, in any case of the ASCII letters. What the other languages
// beside this folder do, too, so that their costs can be compared.

#include <stdlib.h>
#include <string.h>

#include "plugin.h"

typedef plugin_string_t string;

static const char SCHEMA[] =
    "{\"type\":\"object\",\"properties\":{\"competitors\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},"
    "\"minItems\":1}},\"required\":[\"competitors\"],\"additionalProperties\":false}";

// The longest first, since the first that fits is taken.
static string *names;
static size_t names_len;

static string heap_string(const char *text) {
  string copy;
  plugin_string_dup(&copy, text);
  return copy;
}

void exports_scorebox_plugin_metric_describe(exports_scorebox_plugin_metric_descriptor_t *ret) {
  memset(ret, 0, sizeof *ret);
  ret->name = heap_string("competitor-mention-c");
  ret->version = heap_string("0.1.0");
  ret->summary = heap_string("The answer names no competitor.");
  ret->kind = SCOREBOX_PLUGIN_TYPES_KIND_CONSTRAINT;
  ret->settings_schema = heap_string(SCHEMA);
  ret->range.is_some = true;
  ret->range.val = (plugin_tuple2_f64_f64_t){0.0, 1.0};
  ret->higher_is_better = true;
}

// Skips white space and then `token`; NULL where something else stands there.
static const char *skip(const char *at, const char *token) {
  at += strspn(at, " \t\r\n");
  size_t length = strlen(token);
  return strncmp(at, token, length) == 0 ? at + length : NULL;
}

static int longest_first(const void *a, const void *b) {
  size_t left = ((const string *)a)->len, right = ((const string *)b)->len;
  return (left < right) - (left > right);
}

// Reads {"competitors": ["...", ...]}, which is all that this check can be set to. No escapes.
static bool read_names(const char *at) {
  if (!(at = skip(at, "{")) || !(at = skip(at, "\"competitors\"")) || !(at = skip(at, ":")) || !(at = skip(at, "[")))
    return false;
  for (;;) {
    const char *start = skip(at, "\"");
    if (!start) return false;
    size_t length = strcspn(start, "\"\\");
    if (length == 0 || start[length] != '"') return false;
    names = realloc(names, (names_len + 1) * sizeof *names);
    if (!names) abort();
    char *copy = strndup(start, length);
    if (!copy) abort();
    names[names_len++] = (string){(uint8_t *)copy, length};
    at = start + length + 1;
    const char *next = skip(at, ",");
    if (!next) break;
    at = next;
  }
  if (!(at = skip(at, "]")) || !(at = skip(at, "}"))) return false;
  qsort(names, names_len, sizeof *names, longest_first);
  return at[strspn(at, " \t\r\n")] == '\0';
}

bool exports_scorebox_plugin_metric_configure(string *settings, exports_scorebox_plugin_metric_failure_t *err) {
  char *text = strndup((const char *)settings->ptr, settings->len);
  if (!text) abort();
  bool sound = read_names(text);
  free(text);
  if (!sound) {
    err->tag = SCOREBOX_PLUGIN_TYPES_FAILURE_INVALID_SETTINGS;
    err->val.invalid_settings = heap_string("competitors: write a list of at least one name");
  }
  return sound;
}

static uint8_t lower(uint8_t byte) { return byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte; }

static bool in_word(uint8_t byte) {
  return byte >= 0x80 || (byte >= '0' && byte <= '9') || (lower(byte) >= 'a' && lower(byte) <= 'z');
}

// The name that stands at `at` as a whole word, or NULL.
static const string *name_at(const string *text, size_t at) {
  for (size_t i = 0; i < names_len; i++) {
    const string *name = &names[i];
    size_t end = at + name->len, same = 0;
    if (end > text->len || (end < text->len && in_word(text->ptr[end]))) continue;
    while (same < name->len && lower(text->ptr[at + same]) == lower(name->ptr[same])) same++;
    if (same == name->len) return name;
  }
  return NULL;
}

static void add_finding(scorebox_plugin_types_list_finding_t *findings, const string *name, size_t start) {
  static const char NAMES[] = "names ";
  size_t prefix = strlen(NAMES);
  findings->ptr = realloc(findings->ptr, (findings->len + 1) * sizeof *findings->ptr);
  uint8_t *message = malloc(prefix + name->len);
  if (!findings->ptr || !message) abort();
  memcpy(message, NAMES, prefix);
  memcpy(message + prefix, name->ptr, name->len);
  scorebox_plugin_types_finding_t *finding = &findings->ptr[findings->len++];
  finding->rule = heap_string("competitor-mention");
  finding->message = (string){message, prefix + name->len};
  finding->location.is_some = true;
  finding->location.val.field.tag = SCOREBOX_PLUGIN_TYPES_FIELD_OUTPUT;
  finding->location.val.start = start;
  finding->location.val.end = start + name->len;
}

bool exports_scorebox_plugin_metric_evaluate(
    exports_scorebox_plugin_metric_sample_t *sample, exports_scorebox_plugin_metric_score_t *ret,
    exports_scorebox_plugin_metric_failure_t *err) {
  (void)err;
  memset(ret, 0, sizeof *ret);
  const string *output = &sample->output;
  for (size_t at = 0; at < output->len; at++) {
    const string *name = at > 0 && in_word(output->ptr[at - 1]) ? NULL : name_at(output, at);
    if (!name) continue;
    add_finding(&ret->findings, name, at);
    at += name->len - 1;
  }
  bool pass = ret->findings.len == 0;
  ret->value = pass ? 1.0 : 0.0;
  ret->verdict = pass ? SCOREBOX_PLUGIN_TYPES_VERDICT_PASS : SCOREBOX_PLUGIN_TYPES_VERDICT_FAIL;
  ret->summary = heap_string("");
  ret->measures.ptr = malloc(sizeof *ret->measures.ptr);
  if (!ret->measures.ptr) abort();
  ret->measures.ptr[0] = (plugin_tuple2_string_f64_t){heap_string("mentions"), (double)ret->findings.len};
  ret->measures.len = 1;
  exports_scorebox_plugin_metric_sample_free(sample);
  return true;
}
