// Flags an answer that names a competitor: whole words, in any case of the ASCII letters. What the other languages
// beside this folder do, too, so that their costs can be compared.

import type { Descriptor, Finding, Sample, Score } from "./contract";

const WORD = "[0-9A-Za-z\\u{80}-\\u{10ffff}]";
const schema = {
  type: "object",
  properties: { competitors: { type: "array", items: { type: "string" }, minItems: 1 } },
  required: ["competitors"],
  additionalProperties: false,
};

let names = new Map<string, string>();
let mentions = /(?!)/gu;

export const metric = {
  describe(): Descriptor {
    return {
      name: "competitor-mention-typescript",
      version: "0.1.0",
      summary: "The answer names no competitor.",
      kind: "constraint",
      settingsSchema: JSON.stringify(schema),
      range: [0, 1],
      higherIsBetter: true,
      needs: [],
    };
  },

  configure(settings: string): void {
    const { competitors } = JSON.parse(settings);
    const isName = (name: unknown) => typeof name === "string" && name !== "";
    if (!Array.isArray(competitors) || competitors.length === 0 || !competitors.every(isName)) {
      throw { tag: "invalid-settings", val: "competitors: write a list of at least one name" };
    }
    names = new Map(competitors.map((name: string) => [lower(name), name]));
    // The longest first, since an alternation takes the first that fits.
    const longest = [...names.keys()].sort((a, b) => b.length - a.length);
    mentions = new RegExp(`(?<!${WORD})(?:${longest.map(inAnyCase).join("|")})(?!${WORD})`, "gu");
  },

  evaluate(sample: Sample): Score {
    const { output } = sample;
    const findings: Finding[] = [];
    let [seen, bytes] = [0, 0];
    for (const { 0: hit, index } of output.matchAll(mentions)) {
      const start = bytes + utf8Length(output, seen, index);
      [seen, bytes] = [index + hit.length, start + utf8Length(output, index, index + hit.length)];
      findings.push({
        rule: "competitor-mention",
        message: `names ${names.get(lower(hit))}`,
        location: { field: { tag: "output" }, start, end: bytes },
      });
    }
    return {
      value: findings.length > 0 ? 0 : 1,
      verdict: findings.length > 0 ? "fail" : "pass",
      summary: "",
      findings,
      measures: [["mentions", findings.length]],
    };
  },
};

function lower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** A pattern for exactly this text, in any case of its ASCII letters. */
function inAnyCase(text: string): string {
  return text
    .replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")
    .replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}

/** Bytes that a part of `text` has in UTF-8. Spans count those, JavaScript counts UTF-16. */
function utf8Length(text: string, from: number, to: number): number {
  let length = 0;
  for (let index = from; index < to; index++) {
    const unit = text.charCodeAt(index);
    const surrogate = unit >= 0xd800 && unit < 0xe000;
    length += unit < 0x80 ? 1 : unit < 0x800 || surrogate ? 2 : 3;
  }
  return length;
}
