// What the files of the SDK know of each other. Nothing here is for authors.
#ifndef SCOREBOX_INTERNAL_H
#define SCOREBOX_INTERNAL_H

#include <stdarg.h>

#include "scorebox.h"

typedef enum scorebox_failure_kind {
  SCOREBOX_INVALID_SETTINGS,
  SCOREBOX_INVALID_SAMPLE,
  SCOREBOX_FAILED,
} scorebox_failure_kind;

struct scorebox_failure {
  scorebox_failure_kind kind;
  scorebox_text message;
};

typedef struct scorebox_finding {
  scorebox_text rule, message;
  scorebox_span location;
} scorebox_finding;

struct scorebox_findings {
  scorebox_finding *items;
  size_t count, room;
};

typedef struct scorebox_named_number {
  scorebox_text name;
  double value;
} scorebox_named_number;

struct scorebox_measures {
  scorebox_named_number *items;
  size_t count, room;
};

// The same items with room for one more.
void *scorebox_with_room(void *items, size_t count, size_t *room, size_t size);
scorebox_text scorebox_format_all(const char *format, va_list arguments);
// How many of the findings the host takes.
size_t scorebox_taken(const scorebox_score *score);
// Sends a line to the host; levels are those of the contract.
void scorebox_log(uint8_t level, scorebox_text message);

// A text that grows.
typedef struct scorebox_builder {
  char *data;
  size_t length, room;
} scorebox_builder;

void scorebox_append(scorebox_builder *builder, const char *data, size_t length);
void scorebox_append_string(scorebox_builder *builder, const char *string);
// Appends a character as UTF-8.
void scorebox_append_letter(scorebox_builder *builder, uint32_t letter);
// Appends a text as JSON writes it, with its quotes.
void scorebox_append_quoted(scorebox_builder *builder, scorebox_text text);
scorebox_text scorebox_built(const scorebox_builder *builder);
// The character at a byte, and how many bytes it has; broken UTF-8 reads as U+FFFD, byte by byte.
uint32_t scorebox_letter_at(scorebox_text text, size_t at, size_t *length);

// A value of JSON.
typedef enum scorebox_json_type {
  SCOREBOX_JSON_NULL,
  SCOREBOX_JSON_BOOLEAN,
  SCOREBOX_JSON_NUMBER,
  SCOREBOX_JSON_TEXT,
  SCOREBOX_JSON_LIST,
  SCOREBOX_JSON_MAP,
} scorebox_json_type;

typedef struct scorebox_json {
  scorebox_json_type type;
  // A text without its escapes, or a number as it is written.
  scorebox_text text;
  bool truth;
  // Of a list or a map; in a map, each with its name.
  struct scorebox_json *items;
  size_t count, room;
  scorebox_text name;
} scorebox_json;

// Reads a text as JSON; what is wrong with it, or NULL.
const char *scorebox_read_json(scorebox_text text, scorebox_json *value);

// Fills the struct of the plugin's settings from JSON.
const scorebox_failure *scorebox_read_settings(const scorebox_plugin *plugin, scorebox_text text, void *settings);
// The JSON Schema of the plugin's settings.
scorebox_text scorebox_schema(const scorebox_plugin *plugin);

// Tables that are made of the folding of the SDK for Rust.
typedef struct scorebox_folding {
  uint32_t letter;
  // What it becomes without case, and with it.
  const char *ignore, *match;
} scorebox_folding;

typedef struct scorebox_letters {
  uint32_t first, last;
} scorebox_letters;

extern const scorebox_folding SCOREBOX_FOLDS[];
extern const size_t SCOREBOX_FOLD_COUNT;
// Letters that a word does not end before or behind.
extern const scorebox_letters SCOREBOX_WORDS[];
extern const size_t SCOREBOX_WORD_COUNT;

#endif
