// Reads JSON.

#include <string.h>

#include "internal.h"

// Values within values. The host's own reader takes 128.
#define MAX_DEPTH 128

typedef struct reader {
  scorebox_text text;
  size_t at;
} reader;

static const char *read_value(reader *from, scorebox_json *value, int depth);

static int next(reader *from) {
  while (from->at < from->text.length && strchr(" \t\r\n", from->text.data[from->at]) != NULL &&
         from->text.data[from->at] != '\0') {
    from->at++;
  }
  return from->at < from->text.length ? (uint8_t)from->text.data[from->at] : -1;
}

static bool take(reader *from, char letter) {
  if (next(from) != letter) return false;
  from->at++;
  return true;
}

static bool take_word(reader *from, const char *word) {
  size_t length = strlen(word);
  if (from->text.length - from->at < length || memcmp(from->text.data + from->at, word, length) != 0) return false;
  from->at += length;
  return true;
}

// The number of four hexadecimal digits, or -1.
static int32_t hexadecimal(reader *from) {
  if (from->text.length - from->at < 4) return -1;
  int32_t number = 0;
  for (int digit = 0; digit < 4; digit++) {
    char letter = from->text.data[from->at++];
    int value = letter >= '0' && letter <= '9'   ? letter - '0'
                : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10
                : letter >= 'A' && letter <= 'F' ? letter - 'A' + 10
                                                 : -1;
    if (value < 0) return -1;
    number = number * 16 + value;
  }
  return number;
}

static bool read_escape(reader *from, scorebox_builder *into) {
  if (from->at >= from->text.length) return false;
  char letter = from->text.data[from->at++];
  static const char LETTERS[] = "\"\\/bfnrt", MEANT[] = "\"\\/\b\f\n\r\t";
  const char *plain = letter == '\0' ? NULL : strchr(LETTERS, letter);
  if (plain != NULL) {
    scorebox_append(into, &MEANT[plain - LETTERS], 1);
    return true;
  }
  if (letter != 'u') return false;
  int32_t code = hexadecimal(from);
  if (code >= 0xd800 && code < 0xdc00) {
    if (!take_word(from, "\\u")) return false;
    int32_t low = hexadecimal(from);
    if (low < 0xdc00 || low >= 0xe000) return false;
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  } else if (code < 0 || (code >= 0xdc00 && code < 0xe000)) {
    return false;
  }
  scorebox_append_letter(into, (uint32_t)code);
  return true;
}

static const char *read_text(reader *from, scorebox_text *text) {
  scorebox_builder built = {0};
  from->at++;
  while (from->at < from->text.length) {
    char letter = from->text.data[from->at++];
    if (letter == '"') {
      *text = scorebox_built(&built);
      return NULL;
    }
    if ((uint8_t)letter < ' ') return "a control character in a string";
    if (letter != '\\') {
      scorebox_append(&built, &letter, 1);
    } else if (!read_escape(from, &built)) {
      return "a wrong escape in a string";
    }
  }
  return "a string without an end";
}

static size_t digits(reader *from) {
  size_t start = from->at;
  while (from->at < from->text.length && from->text.data[from->at] >= '0' && from->text.data[from->at] <= '9') from->at++;
  return from->at - start;
}

static const char *read_number(reader *from, scorebox_json *value) {
  static const char *const WRONG = "a wrong number";
  size_t start = from->at;
  take_word(from, "-");
  size_t first = from->at, whole = digits(from);
  if (whole == 0 || (whole > 1 && from->text.data[first] == '0')) return WRONG;
  if (take_word(from, ".") && digits(from) == 0) return WRONG;
  if (take_word(from, "e") || take_word(from, "E")) {
    if (!take_word(from, "+")) take_word(from, "-");
    if (digits(from) == 0) return WRONG;
  }
  value->type = SCOREBOX_JSON_NUMBER;
  value->text = (scorebox_text){from->text.data + start, from->at - start};
  return NULL;
}

static const char *read_items(reader *from, scorebox_json *value, char end, int depth) {
  bool named = end == '}';
  value->type = named ? SCOREBOX_JSON_MAP : SCOREBOX_JSON_LIST;
  from->at++;
  if (take(from, end)) return NULL;
  do {
    scorebox_json item = {0};
    const char *wrong = NULL;
    if (named) {
      if (next(from) != '"') return "a name is missing";
      if ((wrong = read_text(from, &item.name)) != NULL) return wrong;
      if (!take(from, ':')) return "a colon is missing";
    }
    if ((wrong = read_value(from, &item, depth + 1)) != NULL) return wrong;
    value->items = scorebox_with_room(value->items, value->count, &value->room, sizeof item);
    value->items[value->count++] = item;
  } while (take(from, ','));
  return take(from, end) ? NULL : named ? "a comma or } is missing" : "a comma or ] is missing";
}

static const char *read_value(reader *from, scorebox_json *value, int depth) {
  if (depth > MAX_DEPTH) return "too many values within values";
  switch (next(from)) {
    case '{':
      return read_items(from, value, '}', depth);
    case '[':
      return read_items(from, value, ']', depth);
    case '"':
      value->type = SCOREBOX_JSON_TEXT;
      return read_text(from, &value->text);
    case 't':
    case 'f':
      value->type = SCOREBOX_JSON_BOOLEAN;
      value->truth = take_word(from, "true");
      return value->truth || take_word(from, "false") ? NULL : "a wrong word";
    case 'n':
      value->type = SCOREBOX_JSON_NULL;
      return take_word(from, "null") ? NULL : "a wrong word";
    case -1:
      return "a value is missing";
    default:
      return read_number(from, value);
  }
}

const char *scorebox_read_json(scorebox_text text, scorebox_json *value) {
  reader from = {text, 0};
  const char *wrong = read_value(&from, value, 0);
  if (wrong != NULL) return wrong;
  return next(&from) < 0 ? NULL : "something stands behind the value";
}
