import assert from "node:assert/strict";
import { test } from "node:test";

import { check, quotes } from "scorebox-sdk";

import plugin from "../src/check.ts";

const settings = { hosts: ["example.com", "*.example.org"] };

function rules(answer: string): string[] {
  return check(plugin, settings, answer).findings.map((finding) => finding.rule);
}

test("allowed hosts pass", () => {
  for (const answer of ["https://EXAMPLE.com:443/a", "[a](//example.com/b)", "[a](/b)", "![a](https://a.b.example.org.)", "me@mail.test"]) {
    assert.deepEqual(rules(answer), [], answer);
  }
});

test("what a browser would open elsewhere fails", () => {
  for (const answer of [
    "[a](https:\\\\evil.test)",
    "[a](https:evil.test)",
    "[a](//evil.test)",
    "<img src='https://evil.test/x'>",
    "[a](https://example.com.evil.test)",
    "[a](https://notexample.org)",
    "| a |\n| - |\n| ![x](https://evil.test) |",
    "- > [a](https://evil.test)",
  ]) {
    assert.deepEqual(rules(answer), ["host"], answer);
  }
});

test("an address without a scheme is pointed at as it stands", () => {
  const answer = "see www.evil.test/a.";
  assert.deepEqual(quotes(check(plugin, settings, answer), answer), ["www.evil.test/a"]);
});

test("the second of two equal addresses is found at its own place", () => {
  const answer = "[a](https://evil.test) [b](https://evil.test)";
  const score = check(plugin, settings, answer);
  assert.deepEqual(quotes(score, answer), ["https://evil.test", "https://evil.test"]);
  assert.notEqual(score.findings[0].location?.start, score.findings[1].location?.start);
});

test("brackets without end are refused, and many links are not", () => {
  const nested = "[".repeat(5000) + "]".repeat(5000);
  for (const answer of [nested, "([{<".repeat(100_000), `${"[a".repeat(2000)}\n\nhttps://evil.test`]) {
    assert.throws(() => check(plugin, settings, answer), /brackets/);
  }
  assert.deepEqual(rules("[a page of ours](https://example.com/a) and ![an image](/b)\n".repeat(5000)), []);
  assert.deepEqual(rules("[".repeat(1000) + "\n\nhttps://evil.test"), ["host"]);
});
