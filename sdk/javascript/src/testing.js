// Runs a plugin natively, in the author's own tests, under the rules that the host enforces.

import { Failure } from "./failure.js";
import { Configured } from "./plugin.js";
import { Sample } from "./sample.js";
import { schemaOf } from "./settings.js";

export function check(plugin, settings, sample) {
  const given = typeof sample === "string" ? new Sample(sample) : sample;
  const score = new Configured(plugin, JSON.stringify(settings)).evaluate(given);
  const reason = objection(score, given, plugin.definition.about.bounds);
  if (reason !== undefined) throw Failure.failed(`the host would refuse this score: ${reason}`);
  return score;
}

export function quotes(score, sample) {
  const given = typeof sample === "string" ? new Sample(sample) : sample;
  return score.findings.flatMap(({ location }) => {
    const text = location && given.text(location.field, location.index);
    return text === undefined ? [] : [text.slice(location.start, location.end)];
  });
}

export function schema({ definition }) {
  return schemaOf(definition.settings ?? {});
}

function objection(score, sample, bounds) {
  if (![score.value, ...score.measures.map(([, value]) => value)].every(Number.isFinite)) return "a number is not finite";
  if (bounds !== undefined && !(bounds[0] <= score.value && score.value <= bounds[1])) {
    return `the value ${score.value} is outside the declared range ${bounds[0]} to ${bounds[1]}`;
  }
  for (const { rule, location } of score.findings) {
    if (rule === "") return "a finding has no rule";
    if (location === undefined) continue;
    const text = sample.text(location.field, location.index);
    const { start, end } = location;
    const sound = text !== undefined && 0 <= start && start <= end && end <= text.length;
    if (!sound || cuts(text, start) || cuts(text, end)) {
      return `finding \`${rule}\` points outside its text or cuts a character: ${start} to ${end} of ${location.field}`;
    }
  }
  return undefined;
}

/** Whether `at` lies in the middle of a surrogate pair. */
function cuts(text, at) {
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(Math.max(at - 1, 0), at + 1)) && at > 0;
}
