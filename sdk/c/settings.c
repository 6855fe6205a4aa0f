// From the suite's JSON to a plugin's settings, with errors that its writer can act on.

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

// A value as the errors show it.
static scorebox_text shown(const scorebox_json *value) {
  switch (value->type) {
    case SCOREBOX_JSON_NULL:
      return scorebox_text_of("null");
    case SCOREBOX_JSON_BOOLEAN:
      return scorebox_text_of(value->truth ? "boolean `true`" : "boolean `false`");
    case SCOREBOX_JSON_NUMBER: {
      bool whole = strcspn(scorebox_format("%.*s", SCOREBOX_ARG(value->text)).data, ".eE") == value->text.length;
      return scorebox_format("%s `%.*s`", whole ? "integer" : "floating point", SCOREBOX_ARG(value->text));
    }
    case SCOREBOX_JSON_TEXT: {
      scorebox_builder built = {0};
      scorebox_append_string(&built, "string ");
      scorebox_append_quoted(&built, value->text);
      return scorebox_built(&built);
    }
    case SCOREBOX_JSON_LIST:
      return scorebox_text_of("sequence");
    default:
      return scorebox_text_of("map");
  }
}

static const scorebox_failure *unfit(scorebox_text path, const scorebox_json *value, const char *expected) {
  scorebox_text found = shown(value);
  return scorebox_fail_settings("%.*s: invalid type: %.*s, expected %s", SCOREBOX_ARG(path), SCOREBOX_ARG(found),
                                expected);
}

static const scorebox_failure *read_texts(const scorebox_json *value, scorebox_text path, scorebox_texts *texts) {
  if (value->type != SCOREBOX_JSON_LIST) return unfit(path, value, "a sequence");
  scorebox_text *items = scorebox_alloc(value->count, sizeof *items);
  for (size_t i = 0; i < value->count; i++) {
    const scorebox_json *item = &value->items[i];
    if (item->type != SCOREBOX_JSON_TEXT) {
      return unfit(scorebox_format("%.*s[%zu]", SCOREBOX_ARG(path), i), item, "a string");
    }
    items[i] = item->text;
  }
  *texts = (scorebox_texts){items, value->count};
  return NULL;
}

static const scorebox_failure *read_integer(const scorebox_json *value, scorebox_text path, int64_t *into) {
  if (value->type != SCOREBOX_JSON_NUMBER) return unfit(path, value, "an integer");
  const char *digits = scorebox_format("%.*s", SCOREBOX_ARG(value->text)).data;
  char *end;
  errno = 0;
  *into = strtoll(digits, &end, 10);
  return *end == '\0' && errno == 0 ? NULL : unfit(path, value, "an integer of 64 bits");
}

static const scorebox_failure *read_field(const scorebox_field *field, const scorebox_json *value, char *settings) {
  scorebox_text path = scorebox_text_of(field->name);
  void *into = settings + field->offset;
  switch (field->type) {
    case SCOREBOX_TYPE_TEXT:
      if (value->type != SCOREBOX_JSON_TEXT) return unfit(path, value, "a string");
      *(scorebox_text *)into = value->text;
      return NULL;
    case SCOREBOX_TYPE_TEXTS:
      return read_texts(value, path, into);
    case SCOREBOX_TYPE_BOOLEAN:
      if (value->type != SCOREBOX_JSON_BOOLEAN) return unfit(path, value, "a boolean");
      *(bool *)into = value->truth;
      return NULL;
    case SCOREBOX_TYPE_INTEGER:
      return read_integer(value, path, into);
    default:
      if (value->type != SCOREBOX_JSON_NUMBER) return unfit(path, value, "a number");
      *(double *)into = strtod(scorebox_format("%.*s", SCOREBOX_ARG(value->text)).data, NULL);
      return NULL;
  }
}

// The names that a field may have, for the error.
static scorebox_text expected(const scorebox_plugin *plugin) {
  size_t count = plugin->field_count;
  if (count == 0) return scorebox_text_of("there are no fields");
  scorebox_builder built = {0};
  scorebox_append_string(&built, count < 3 ? "expected " : "expected one of ");
  for (size_t i = 0; i < count; i++) {
    const char *between = i == 0 ? "" : count == 2 ? " or " : ", ";
    scorebox_text name = scorebox_format("%s`%s`", between, plugin->fields[i].name);
    scorebox_append(&built, name.data, name.length);
  }
  return scorebox_built(&built);
}

static size_t position(const scorebox_plugin *plugin, scorebox_text name) {
  size_t at = 0;
  while (at < plugin->field_count && !scorebox_text_equals(name, plugin->fields[at].name)) at++;
  return at;
}

const scorebox_failure *scorebox_read_settings(const scorebox_plugin *plugin, scorebox_text text, void *settings) {
  scorebox_json value = {0};
  const char *wrong = scorebox_read_json(text, &value);
  if (wrong != NULL) return scorebox_fail_settings("not JSON: %s", wrong);
  if (value.type != SCOREBOX_JSON_MAP) return scorebox_fail_settings("write an object of fields");
  bool *given = scorebox_alloc(plugin->field_count, sizeof *given);
  for (size_t i = 0; i < value.count; i++) {
    const scorebox_json *item = &value.items[i];
    size_t at = position(plugin, item->name);
    if (at == plugin->field_count) {
      scorebox_text names = expected(plugin);
      return scorebox_fail_settings("%.*s: unknown field `%.*s`, %.*s", SCOREBOX_ARG(item->name),
                                    SCOREBOX_ARG(item->name), SCOREBOX_ARG(names));
    }
    const scorebox_failure *failure = read_field(&plugin->fields[at], item, settings);
    if (failure != NULL) return failure;
    given[at] = true;
  }
  for (size_t at = 0; at < plugin->field_count; at++) {
    const scorebox_field *field = &plugin->fields[at];
    if (given[at]) continue;
    if (field->otherwise == NULL) return scorebox_fail_settings("missing field `%s`", field->name);
    scorebox_json otherwise = {0};
    if (scorebox_read_json(scorebox_text_of(field->otherwise), &otherwise) != NULL) {
      return scorebox_failed("the default of %s is no JSON: %s", field->name, field->otherwise);
    }
    const scorebox_failure *failure = read_field(field, &otherwise, settings);
    if (failure != NULL) return failure;
  }
  return NULL;
}

scorebox_text scorebox_schema(const scorebox_plugin *plugin) {
  static const char *const TYPES[] = {
      [SCOREBOX_TYPE_TEXT] = "\"type\":\"string\"",
      [SCOREBOX_TYPE_TEXTS] = "\"type\":\"array\",\"items\":{\"type\":\"string\"}",
      [SCOREBOX_TYPE_BOOLEAN] = "\"type\":\"boolean\"",
      [SCOREBOX_TYPE_INTEGER] = "\"type\":\"integer\"",
      [SCOREBOX_TYPE_NUMBER] = "\"type\":\"number\"",
  };
  scorebox_builder built = {0}, required = {0};
  scorebox_append_string(&built, "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"Settings\","
                                 "\"type\":\"object\",\"properties\":{");
  for (size_t i = 0; i < plugin->field_count; i++) {
    const scorebox_field *field = &plugin->fields[i];
    if (i > 0) scorebox_append_string(&built, ",");
    scorebox_append_quoted(&built, scorebox_text_of(field->name));
    scorebox_append_string(&built, ":{\"description\":");
    scorebox_append_quoted(&built, scorebox_text_of(field->about));
    scorebox_append_string(&built, ",");
    scorebox_append_string(&built, TYPES[field->type]);
    if (field->otherwise != NULL) {
      scorebox_append_string(&built, ",\"default\":");
      scorebox_append_string(&built, field->otherwise);
    } else {
      scorebox_append_string(&required, required.length > 0 ? "," : "");
      scorebox_append_quoted(&required, scorebox_text_of(field->name));
    }
    scorebox_append_string(&built, "}");
  }
  scorebox_append_string(&built, "},\"additionalProperties\":false");
  if (required.length > 0) {
    scorebox_append_string(&built, ",\"required\":[");
    scorebox_append(&built, required.data, required.length);
    scorebox_append_string(&built, "]");
  }
  scorebox_append_string(&built, "}");
  return scorebox_built(&built);
}
