// Finding words in text the way a reader does, with positions in the text as it was written. The rules are those of
// every other SDK:
//
// - letters and accents are canonically decomposed, so both spellings of é are one;
// - unless case matters, it is folded in full: ß is ss, final sigma is sigma, İ and ı are i;
// - every run of white space is one space;
// - typographic quotes and dashes are ', " and -, full-width letters and digits are ASCII;
// - soft hyphens and zero-width characters are left out.

import { Failure } from "./failure.js";

export class PhraseError extends Error {}

export class Phrases {
  constructor(phrases, { case: letters = "ignore", withinWords = false } = {}) {
    this.case = letters;
    this.withinWords = withinWords;
    this.folded = [...phrases].map((phrase, index) => {
      const { text } = new Folded(phrase.replace(EDGES, ""), letters);
      if (text === "") {
        throw new PhraseError(`[${index}]: the phrase is empty; write at least one letter, or leave it out`);
      }
      return text;
    });
  }

  static ofSetting(name, phrases, options) {
    try {
      return new Phrases(phrases, options);
    } catch (error) {
      throw error instanceof PhraseError ? Failure.settings(`${name}${error.message}`) : error;
    }
  }

  find(text) {
    let end = 0;
    return this.findOverlapping(text).filter((hit) => {
      if (hit.start < end) return false;
      end = hit.end;
      return true;
    });
  }

  findOverlapping(text) {
    const folded = new Folded(text, this.case);
    const hits = [];
    this.folded.forEach((phrase, index) => {
      for (let at = folded.text.indexOf(phrase); at >= 0; at = folded.text.indexOf(phrase, at + 1)) {
        const end = at + phrase.length;
        if (!this.withinWords && !(folded.isWordBoundary(at) && folded.isWordBoundary(end))) continue;
        const place = folded.original(at, end);
        if (place !== undefined) hits.push({ phrase: index, start: place[0], end: place[1] });
      }
    });
    return hits.sort((a, b) => a.start - b.start || b.end - a.end || a.phrase - b.phrase);
  }
}

export class Folded {
  #original;
  /** Where parts start in the folded text. */
  #folded = [];
  /** Where they start in the original: twice that, and one more where a part is ASCII, letter for letter. */
  #places = [];

  constructor(original, letters = "ignore") {
    this.#original = original;
    const parts = [];
    const [starts, places] = [this.#folded, this.#places];
    const foldings = known[letters];
    let length = 0;
    let last = "";
    for (let at = 0; at < original.length; ) {
      const code = original.charCodeAt(at);
      if (code > 0x20 && code < 0x7f) {
        // Without the match itself, which takes QuickJS longer to make than a short run to find.
        RUN.lastIndex = at;
        RUN.test(original);
        const run = original.slice(at, RUN.lastIndex).replace(LINE_SPACES, " ");
        const part = letters === "ignore" ? run.toLowerCase() : run;
        starts.push(length);
        places.push(2 * at + 1);
        parts.push(part);
        last = part[part.length - 1];
        length += part.length;
        at += run.length;
        continue;
      }
      const letter = code < 0xd800 || code > 0xdbff ? original.charAt(at) : String.fromCodePoint(original.codePointAt(at));
      let part = foldings.get(letter) ?? fold(letter, letters);
      // The dot that a decomposed İ carries: i has one already.
      if ((part === " " && last === " ") || (letters === "ignore" && letter === "\u0307" && last === "i")) part = "";
      if (part !== "") {
        starts.push(length);
        places.push(2 * at);
        parts.push(part);
        last = part[part.length - 1];
        length += part.length;
      }
      at += letter.length;
    }
    this.text = parts.join("");
  }

  original(start, end) {
    if (!(0 <= start && start <= end && end <= this.text.length)) return undefined;
    const first = this.#place(start);
    const last = this.#place(end);
    if (first < 0 || last < 0) return undefined;
    if (start === end) return [first, first];
    // What was left out behind the last character belongs to nobody.
    let shown = last;
    while (shown > first && IGNORABLE.test(this.#original[shown - 1])) shown--;
    return [first, shown];
  }

  #place(at) {
    if (at === this.text.length) return this.#original.length;
    const starts = this.#folded;
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle] > at) high = middle;
      else low = middle + 1;
    }
    const within = at - starts[low - 1];
    const place = this.#places[low - 1];
    return within === 0 || place % 2 === 1 ? (place >> 1) + within : -1;
  }

  isWordBoundary(at) {
    if (!(0 < at && at < this.text.length)) return at === 0 || at === this.text.length;
    const low = this.text.charCodeAt(at - 1);
    const left = this.text.codePointAt(low >= 0xdc00 && low < 0xe000 && at > 1 ? at - 2 : at - 1);
    return !(isWord(left) && isWord(this.text.codePointAt(at)));
  }
}

/** Words with one white space between them: letter for letter the same but for case, and a space for a line's end. */
const RUN = /[!-~]+(?:[\t-\r ][!-~]+)*/y;
const LINE_SPACES = /[\t-\r]/g;
const SPACES = "\\t\\n\\v\\f\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const SPACE = new RegExp(`^[${SPACES}]$`, "u");
const EDGES = new RegExp(`^[${SPACES}]+|[${SPACES}]+$`, "gu");
const IGNORABLE = /^[\u00ad\u200b-\u200f\u2060\ufeff]$/u;
const WORD = /^[\p{Alphabetic}\p{N}\p{M}_]$/u;
/** Letters of scripts that set no spaces between words: Thai, Lao, Myanmar, Khmer, kana, Han. */
const UNSPACED =
  /^[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\u{20000}-\u{3ffff}]$/u;
const TYPOGRAPHIC = new Map([
  ...[..."‘’‚‛ʼ´′"].map((letter) => [letter, "'"]),
  ...[..."“”„‟″"].map((letter) => [letter, '"']),
  ...[..."‐‑‒–—―−"].map((letter) => [letter, "-"]),
  ["ı", "i"],
]);

/** What characters became; texts repeat their letters. */
const known = { ignore: new Map(), match: new Map() };
const words = new Map();

/** Letters of scripts that set no spaces between words are left out: a word may end at them. */
function isWord(code) {
  let word = words.get(code);
  if (word === undefined) {
    const letter = String.fromCodePoint(code);
    word = WORD.test(letter) && !UNSPACED.test(letter);
    words.set(code, word);
  }
  return word;
}

/** What one character becomes. */
function fold(letter, letters) {
  const out = SPACE.test(letter) ? " " : IGNORABLE.test(letter) ? "" : folded(letter, letters);
  known[letters].set(letter, out);
  return out;
}

function folded(letter, letters) {
  let out = "";
  for (const part of [...plain(letter).normalize("NFD")].map(plain)) {
    if (letters === "match") out += part;
    else if (part !== "\u0307" || !out.endsWith("i")) {
      // Lowering the upper case is full case folding for all but a few letters of historic scripts; lowered before,
      // capital ẞ is ss too. Letter by letter, since sigma is final only in a word.
      const upper = [...part.toLowerCase()].map((lower) => lower.toUpperCase()).join("");
      const lower = [...upper].map((capital) => capital.toLowerCase()).join("");
      out += [...lower.normalize("NFD")].map(plain).join("");
    }
  }
  return out;
}

/** The plain form of a typographic character. */
function plain(letter) {
  const code = letter.codePointAt(0);
  if (code < 0x80) return letter;
  if (code >= 0xff01 && code <= 0xff5e) return String.fromCodePoint(code - 0xff01 + 0x21);
  return TYPOGRAPHIC.get(letter) ?? letter;
}
