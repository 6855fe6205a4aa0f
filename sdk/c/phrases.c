// Finding words as a reader does, with positions in the text as it was written.

#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "internal.h"

// A part of the folded text, up to the next piece.
typedef struct piece {
  size_t folded, original;
  // ASCII, byte for byte; otherwise it is what one character became.
  bool plain;
} piece;

// A text with everything levelled that a reader overlooks, and the way back to where it came from.
typedef struct folded {
  scorebox_text text, original;
  piece *pieces;
  size_t count, room;
} folded;

static bool is_space(uint32_t letter) {
  return letter == ' ' || (letter >= 9 && letter <= 13) || letter == 0x85 || letter == 0xa0 || letter == 0x1680 ||
         (letter >= 0x2000 && letter <= 0x200a) || letter == 0x2028 || letter == 0x2029 || letter == 0x202f ||
         letter == 0x205f || letter == 0x3000;
}

// Characters that show nothing: the soft hyphen, zero-width spaces and joiners, the byte order mark.
static bool is_ignorable(uint32_t letter) {
  return letter == 0xad || (letter >= 0x200b && letter <= 0x200f) || letter == 0x2060 || letter == 0xfeff;
}

// Letters of scripts that set no spaces between words are left out: a word may end at them.
static bool is_word(uint32_t letter) {
  if (letter < 0x80) {
    return letter == '_' || (letter >= '0' && letter <= '9') || ((letter | 0x20) >= 'a' && (letter | 0x20) <= 'z');
  }
  size_t low = 0, high = SCOREBOX_WORD_COUNT;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (SCOREBOX_WORDS[middle].first > letter) high = middle;
    else low = middle + 1;
  }
  return low > 0 && letter <= SCOREBOX_WORDS[low - 1].last;
}

static void append_syllable(scorebox_builder *text, uint32_t index) {
  // A syllable of Hangul is its letters.
  scorebox_append_letter(text, 0x1100 + index / 588);
  scorebox_append_letter(text, 0x1161 + index % 588 / 28);
  if (index % 28 > 0) scorebox_append_letter(text, 0x11a7 + index % 28);
}

static void append_folded(scorebox_builder *text, uint32_t letter, scorebox_case letters) {
  char last = text->length > 0 ? text->data[text->length - 1] : '\0';
  if (is_space(letter)) {
    if (last != ' ') scorebox_append(text, " ", 1);
    return;
  }
  // The dot that a decomposed İ carries: i has one already.
  if (letters == SCOREBOX_IGNORE_CASE && letter == 0x307 && last == 'i') return;
  if (letter >= 0xac00 && letter <= 0xd7a3) {
    append_syllable(text, letter - 0xac00);
    return;
  }
  size_t low = 0, high = SCOREBOX_FOLD_COUNT;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (SCOREBOX_FOLDS[middle].letter < letter) low = middle + 1;
    else high = middle;
  }
  if (low == SCOREBOX_FOLD_COUNT || SCOREBOX_FOLDS[low].letter != letter) {
    scorebox_append_letter(text, letter);
  } else {
    const scorebox_folding *found = &SCOREBOX_FOLDS[low];
    scorebox_append_string(text, letters == SCOREBOX_IGNORE_CASE ? found->ignore : found->match);
  }
}

static void add_piece(folded *made, size_t at, size_t original, bool plain) {
  made->pieces = scorebox_with_room(made->pieces, made->count, &made->room, sizeof *made->pieces);
  made->pieces[made->count++] = (piece){at, original, plain};
}

static folded fold(scorebox_text original, scorebox_case letters) {
  folded made = {.original = original};
  scorebox_builder text = {0};
  for (size_t at = 0; at < original.length;) {
    char letter = original.data[at];
    if (letter >= ' ' && letter <= '~') {
      if (letter != ' ' || text.length == 0 || text.data[text.length - 1] != ' ') {
        const piece *last = made.count > 0 ? &made.pieces[made.count - 1] : NULL;
        if (last == NULL || !last->plain || last->original + text.length - last->folded != at) {
          add_piece(&made, text.length, at, true);
        }
        if (letters == SCOREBOX_IGNORE_CASE && letter >= 'A' && letter <= 'Z') letter += 'a' - 'A';
        scorebox_append(&text, &letter, 1);
      }
      at++;
      continue;
    }
    size_t size, before = text.length;
    append_folded(&text, scorebox_letter_at(original, at, &size), letters);
    if (text.length > before) add_piece(&made, before, at, false);
    at += size;
  }
  made.text = scorebox_built(&text);
  return made;
}

static bool is_word_boundary(const folded *text, size_t at) {
  if (at == 0 || at >= text->text.length) return true;
  size_t left = at - 1, size;
  while (left > 0 && ((uint8_t)text->text.data[left] & 0xc0) == 0x80) left--;
  return !(is_word(scorebox_letter_at(text->text, left, &size)) && is_word(scorebox_letter_at(text->text, at, &size)));
}

// The byte of the original that a byte of the folded text comes from; false where it lies within what one character
// became.
static bool place(const folded *text, size_t at, size_t *found) {
  if (at == text->text.length) {
    *found = text->original.length;
    return true;
  }
  size_t low = 0, high = text->count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (text->pieces[middle].folded > at) high = middle;
    else low = middle + 1;
  }
  if (low == 0) return false;
  const piece *part = &text->pieces[low - 1];
  *found = part->original + (at - part->folded);
  return part->plain || at == part->folded;
}

// What was left out behind the last character belongs to nobody.
static size_t without_ignorable(scorebox_text text, size_t start, size_t end) {
  while (end > start) {
    size_t last = end - 1, size;
    while (last > start && ((uint8_t)text.data[last] & 0xc0) == 0x80) last--;
    if (!is_ignorable(scorebox_letter_at(text, last, &size))) break;
    end = last;
  }
  return end;
}

static scorebox_text trimmed(scorebox_text text) {
  size_t start = 0, end = text.length, size;
  while (start < end && is_space(scorebox_letter_at(text, start, &size))) start += size;
  while (end > start) {
    size_t last = end - 1;
    while (last > start && ((uint8_t)text.data[last] & 0xc0) == 0x80) last--;
    if (!is_space(scorebox_letter_at(text, last, &size))) break;
    end = last;
  }
  return (scorebox_text){text.data + start, end - start};
}

const scorebox_failure *scorebox_phrases_of_setting(scorebox_phrases *phrases, const char *name, scorebox_texts texts,
                                                    scorebox_case letters) {
  scorebox_text *all = scorebox_alloc(texts.count, sizeof *all);
  for (size_t i = 0; i < texts.count; i++) {
    all[i] = fold(trimmed(texts.items[i]), letters).text;
    if (all[i].length == 0) {
      return scorebox_fail_settings("%s[%zu]: the phrase is empty; write at least one letter, or leave it out", name, i);
    }
  }
  *phrases = (scorebox_phrases){{all, texts.count}, letters, false};
  return NULL;
}

static int in_order(const void *a, const void *b) {
  const scorebox_hit *left = a, *right = b;
  if (left->start != right->start) return left->start < right->start ? -1 : 1;
  if (left->end != right->end) return left->end > right->end ? -1 : 1;
  return (left->phrase > right->phrase) - (left->phrase < right->phrase);
}

scorebox_hits scorebox_find_overlapping(const scorebox_phrases *phrases, scorebox_text text) {
  folded within = fold(text, phrases->letters);
  scorebox_hit *hits = NULL;
  size_t count = 0, room = 0;
  for (size_t i = 0; i < phrases->folded.count; i++) {
    scorebox_text phrase = phrases->folded.items[i];
    for (size_t from = 0; from < within.text.length;) {
      const char *found = memmem(within.text.data + from, within.text.length - from, phrase.data, phrase.length);
      if (found == NULL) break;
      size_t at = (size_t)(found - within.text.data), end = at + phrase.length;
      from = at + 1;
      if (!phrases->within_words && !(is_word_boundary(&within, at) && is_word_boundary(&within, end))) continue;
      size_t first, last;
      if (!place(&within, at, &first) || !place(&within, end, &last)) continue;
      hits = scorebox_with_room(hits, count, &room, sizeof *hits);
      hits[count++] = (scorebox_hit){i, first, without_ignorable(text, first, last)};
    }
  }
  if (count > 1) qsort(hits, count, sizeof *hits, in_order);
  return (scorebox_hits){hits, count};
}

scorebox_hits scorebox_find(const scorebox_phrases *phrases, scorebox_text text) {
  scorebox_hits all = scorebox_find_overlapping(phrases, text);
  scorebox_hit *kept = scorebox_alloc(all.count, sizeof *kept);
  size_t count = 0, end = 0;
  for (size_t i = 0; i < all.count; i++) {
    if (all.items[i].start < end) continue;
    kept[count++] = all.items[i];
    end = all.items[i].end;
  }
  return (scorebox_hits){kept, count};
}
