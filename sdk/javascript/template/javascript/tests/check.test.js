import assert from "node:assert/strict";
import { test } from "node:test";

import { check, quotes } from "scorebox-sdk";

import plugin from "../src/check.js";

test("jargon fails and the finding points at it", () => {
  const answer = "Größere Synergy is a low-hanging\nfruit.";
  const score = check(plugin, { terms: ["synergy", "low-hanging fruit"] }, answer);
  assert.equal(score.verdict, "fail");
  assert.deepEqual(quotes(score, answer), ["Synergy", "low-hanging\nfruit"]);
});

test("a plain answer passes", () => {
  assert.equal(check(plugin, { terms: ["synergy"] }, "We work together.").verdict, "pass");
});

test("settings are checked", () => {
  assert.throws(() => check(plugin, { terms: [] }, ""), /terms: the list is empty/);
  assert.throws(() => check(plugin, { term: ["a"] }, ""), /unknown field `term`/);
});
