// Texts and memory.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

void *scorebox_alloc(size_t count, size_t size) {
  // One byte at least: NULL is for memory that there is none of.
  void *memory = calloc(count > 0 ? count : 1, size > 0 ? size : 1);
  if (memory == NULL) abort();
  return memory;
}

void *scorebox_with_room(void *items, size_t count, size_t *room, size_t size) {
  if (count < *room) return items;
  *room = *room < 8 ? 8 : *room * 2;
  void *larger = realloc(items, *room * size);
  if (larger == NULL) abort();
  return larger;
}

scorebox_text scorebox_text_of(const char *string) { return (scorebox_text){string, strlen(string)}; }

bool scorebox_text_equals(scorebox_text text, const char *string) {
  return strlen(string) == text.length && memcmp(text.data, string, text.length) == 0;
}

scorebox_text scorebox_format_all(const char *format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, again);
  va_end(again);
  if (length < 0) return scorebox_text_of(format);
  char *data = scorebox_alloc((size_t)length + 1, 1);
  vsnprintf(data, (size_t)length + 1, format, arguments);
  return (scorebox_text){data, (size_t)length};
}

scorebox_text scorebox_format(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  scorebox_text made = scorebox_format_all(format, arguments);
  va_end(arguments);
  return made;
}

void scorebox_append(scorebox_builder *builder, const char *data, size_t length) {
  if (builder->length + length > builder->room) {
    builder->room = (builder->length + length) * 2;
    builder->data = realloc(builder->data, builder->room);
    if (builder->data == NULL) abort();
  }
  if (length > 0) memcpy(builder->data + builder->length, data, length);
  builder->length += length;
}

void scorebox_append_string(scorebox_builder *builder, const char *string) {
  scorebox_append(builder, string, strlen(string));
}

void scorebox_append_letter(scorebox_builder *builder, uint32_t letter) {
  char bytes[4];
  size_t length = letter < 0x80 ? 1 : letter < 0x800 ? 2 : letter < 0x10000 ? 3 : 4;
  static const uint8_t HEADS[] = {0, 0, 0xc0, 0xe0, 0xf0};
  for (size_t at = length; at-- > 1; letter >>= 6) bytes[at] = (char)(0x80 | (letter & 0x3f));
  bytes[0] = (char)(HEADS[length] | letter);
  scorebox_append(builder, bytes, length);
}

void scorebox_append_quoted(scorebox_builder *builder, scorebox_text text) {
  scorebox_append_string(builder, "\"");
  for (size_t at = 0; at < text.length; at++) {
    char letter = text.data[at];
    if (letter == '"' || letter == '\\') {
      scorebox_append_string(builder, letter == '"' ? "\\\"" : "\\\\");
    } else if ((uint8_t)letter < ' ') {
      scorebox_text escape = scorebox_format("\\u%04x", letter);
      scorebox_append(builder, escape.data, escape.length);
    } else {
      scorebox_append(builder, &letter, 1);
    }
  }
  scorebox_append_string(builder, "\"");
}

scorebox_text scorebox_built(const scorebox_builder *builder) {
  return (scorebox_text){builder->data == NULL ? "" : builder->data, builder->length};
}

uint32_t scorebox_letter_at(scorebox_text text, size_t at, size_t *length) {
  uint8_t head = (uint8_t)text.data[at];
  size_t more = head < 0xc2 ? 0 : head < 0xe0 ? 1 : head < 0xf0 ? 2 : head < 0xf5 ? 3 : 0;
  *length = 1;
  if (head < 0x80) return head;
  if (more == 0 || at + more >= text.length) return 0xfffd;
  uint32_t letter = head & (0x3f >> more);
  for (size_t next = 1; next <= more; next++) {
    uint8_t byte = (uint8_t)text.data[at + next];
    if ((byte & 0xc0) != 0x80) return 0xfffd;
    letter = letter << 6 | (byte & 0x3f);
  }
  *length = more + 1;
  return letter;
}
