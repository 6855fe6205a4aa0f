import assert from "node:assert/strict";
import { test } from "node:test";

import { About, Failure, Finding, Folded, Phrases, Sample, Score, check, field, plugin, quotes, schema } from "../src/index.js";
import { OUTSIDE, byteOffsets } from "../src/finding.js";
import { taken } from "../src/score.js";
import { parse } from "../src/settings.js";

const fields = {
  terms: field.list(field.object({ name: field.text("What to look for.") })),
  case_sensitive: field.boolean().optional(false),
  at: field.choice(["start", "end"]).optional(),
  limit: field.number().optional(1),
};

test("errors name the field and what was expected", () => {
  for (const [text, message] of [
    ['{"term": []}', "term: unknown field `term`, expected one of `terms`, `case_sensitive`, `at`, `limit`"],
    ["{}", "missing field `terms`"],
    ['{"terms": [{"name": "a"}, {"nam": "b"}]}', "terms[1].nam: unknown field `nam`, expected `name`"],
    ['{"terms": [{}]}', "terms[0]: missing field `name`"],
    ['{"terms": [], "case_sensitive": "yes"}', 'case_sensitive: invalid type: string "yes", expected a boolean'],
    ['{"terms": [{"name": 1}]}', "terms[0].name: invalid type: integer `1`, expected a string"],
    ['{"terms": null}', "terms: invalid type: null, expected a sequence"],
    ['{"terms": [], "at": "middle"}', "at: unknown variant `middle`, expected `start` or `end`"],
    ["[]", "write an object of fields"],
  ]) {
    assert.throws(() => parse(fields, text), (error) => error instanceof Failure && error.message === message, text);
  }
  assert.throws(() => parse(fields, "{"), /^Failure: not JSON/);
  assert.throws(() => parse(fields, '{"terms": [], "__proto__": 1}'), /unknown field `__proto__`/);
});

test("settings are read and described", () => {
  const read = parse(fields, '{"terms": [{"name": "a"}], "limit": 2, "at": null}');
  assert.deepEqual({ ...read }, { terms: [{ name: "a" }], limit: 2, at: undefined, case_sensitive: false });
  const made = schema(plugin({ about: About.constraint("."), settings: fields, configure() {}, evaluate() {} }));
  assert.equal(made.properties.terms.items.properties.name.description, "What to look for.");
  assert.deepEqual([made.required, made.additionalProperties], [["terms"], false]);
});

test("positions become bytes", () => {
  const offsets = byteOffsets("aä𝄞b", [4, 0, 5, 2, 1, 9, -1]);
  assert.deepEqual(offsets, [7, 0, 8, 3, 1, OUTSIDE, OUTSIDE]);
  assert.deepEqual(byteOffsets("aäb", [0, 1, 1, 2]), [0, 1, 1, 3]);
  assert.deepEqual(byteOffsets("𝄞", [1]), [2], "the middle of a pair is no boundary");
});

test("what a reader overlooks is levelled", () => {
  for (const [left, right] of [
    ["STRAẞE", "straße"],
    ["\u1ffd", "'"],
    ["Straße", "STRASSE"],
    ["ΟΔΟΣ", "οδος"],
    ["İstanbul", "ISTANBUL"],
    ["I\u0307stanbul", "istanbul"],
    ["ısparta", "ISPARTA"],
    ["Café", "CAFE\u0301"],
    ["can’t", "can't"],
    ["A\u00adc\u200bme", "acme"],
    ["a \t\n\u00a0 b", "a b"],
    ["ＡＣＭＥ２", "acme2"],
    ["30–day", "30-day"],
  ]) {
    assert.equal(new Folded(left).text, new Folded(right).text);
  }
});

test("the longest whole words win", () => {
  const found = (phrases, text) => new Phrases(phrases).find(text).map(({ start, end }) => text.slice(start, end));
  assert.deepEqual(found(["acme", "acme corp"], "Acme Corp, acme\n corp, Acme Corps"), ["Acme Corp", "acme\n corp", "Acme"]);
  assert.deepEqual(found(["C++"], "C++ and c++20, abc++"), ["C++", "c++"]);
  assert.deepEqual(found(["straß", "cafe"], "strassen Café"), []);
  assert.deepEqual(found(["acme"], "Acmé acme_ 𝄞acme アクメacmeの Ac\u00adme\u00ad"), ["acme", "acme", "Ac\u00adme"]);
  assert.equal(new Phrases(["IT"], { case: "match" }).find("it is IT").length, 1);
  assert.throws(() => Phrases.ofSetting("terms", ["a", " \u00ad"]), /terms\[1\]: the phrase is empty/);
});

test("a plugin is held to the host's rules", () => {
  const overlap = plugin({
    about: About.metric("Share of the expected words.").range(0, 1).needs("expected"),
    configure: () => undefined,
    evaluate(sample) {
      const words = sample.expected.split(" ");
      return new Score(words.filter((word) => sample.output.includes(word)).length / words.length).measure("words", words.length);
    },
  });
  const score = check(overlap, {}, Sample.ofOutput("red green").withExpected("red blue"));
  assert.deepEqual([score.value, score.verdict, score.measures], [0.5, "unjudged", [["words", 2]]]);
  assert.throws(() => check(overlap, {}, "red"), /needs an expected answer/);
  const at = (start, end) =>
    plugin({
      about: About.constraint("Points."),
      configure() {},
      evaluate: () => Score.fromFindings([new Finding("r", "m").inOutput(start, end)]),
    });
  assert.throws(() => check(at(0, 99), {}, "short"), /points outside its text/);
  assert.throws(() => check(at(0, 1), {}, "𝄞"), /cuts a character/);
  assert.deepEqual(quotes(check(at(0, 2), {}, "𝄞!"), "𝄞!"), ["𝄞"]);
});

test("an offence that is repeated at length keeps its verdict", () => {
  const score = (count, message) => Score.fromFindings(Array(count).fill(new Finding("r", message)));
  assert.equal(taken(score(2000, "short")), 1000);
  assert.equal(taken(score(2000, "a".repeat(1023))), 256);
  assert.equal(taken(score(2000, "\0".repeat(1 << 10))), 42);
});
