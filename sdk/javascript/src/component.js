// The glue between `plugin` and the component that the host runs. Only a component can import it.

import { log as hostLog } from "scorebox:plugin/log@0.1.0";

import { Failure } from "./failure.js";
import { OUTSIDE, byteOffsets } from "./finding.js";
import { log, setSink } from "./log.js";
import { Configured, Plugin } from "./plugin.js";
import { Sample } from "./sample.js";
import { schemaOf } from "./settings.js";

const TAGS = { settings: "invalid-settings", sample: "invalid-sample", failed: "failed" };

export function component(plugin, name, version) {
  if (!(plugin instanceof Plugin)) throw new TypeError("no plugin: write `export default plugin({…})`");
  setSink((level, message) => hostLog(level, sound(message)));
  const { about, settings = {} } = plugin.definition;
  let configured;
  return {
    describe: () => ({
      name,
      version,
      summary: about.summary,
      kind: about.kind,
      settingsSchema: JSON.stringify(schemaOf(settings)),
      range: about.bounds,
      higherIsBetter: about.higherIsBetter,
      needs: about.needed,
    }),

    configure(text) {
      try {
        configured = new Configured(plugin, text);
      } catch (error) {
        throw failure(error);
      }
    },

    evaluate(given) {
      try {
        if (configured === undefined) throw Failure.failed("evaluate was called before configure succeeded");
        const { metadata, expected, ...rest } = given;
        const sample = new Sample(given.output).with({
          ...rest,
          expected: expected ?? undefined,
          metadataText: metadata,
        });
        return lowered(configured.evaluate(sample), sample);
      } catch (error) {
        throw failure(error);
      }
    },
  };
}

/** The contract's failure of whatever was thrown. */
function failure(error) {
  if (error instanceof Failure) return { tag: TAGS[error.kind], val: sound(error.message) };
  const text = error instanceof Error ? `${error.name}: ${error.message}` : `threw ${String(error)}`;
  log.error(error instanceof Error && error.stack ? `${text}\n${error.stack.trimEnd()}` : text);
  return { tag: TAGS.failed, val: sound(text) };
}

/** Half a surrogate pair is nothing that UTF-8 can write. */
function sound(text) {
  if (!/[\ud800-\udfff]/.test(text)) return text;
  return text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");
}

function lowered(score, sample) {
  return {
    value: Number(score.value),
    verdict: score.verdict,
    summary: sound(score.summary),
    findings: loweredFindings(score.findings, sample),
    measures: score.measures.map(([name, value]) => [sound(name), Number(value)]),
  };
}

function loweredFindings(findings, sample) {
  /** Of each text that findings point into: which of them do, and their starts and ends. */
  const places = new Map();
  findings.forEach(({ location }, index) => {
    if (location === undefined) return;
    const key = `${location.field} ${location.index}`;
    if (!places.has(key)) places.set(key, { location, pointing: [], positions: [] });
    const place = places.get(key);
    place.pointing.push(index);
    place.positions.push(location.start, location.end);
  });
  const made = findings.map(({ rule, message }) => {
    return { rule: sound(rule), message: sound(message), location: undefined };
  });
  for (const { location, pointing, positions } of places.values()) {
    const text = sample.text(location.field, location.index);
    const offsets = text === undefined ? [] : byteOffsets(text, positions);
    pointing.forEach((index, at) => {
      const field = contractField(location);
      made[index].location = { field, start: offsets[2 * at] ?? OUTSIDE, end: offsets[2 * at + 1] ?? OUTSIDE };
    });
  }
  return made;
}

function contractField({ field, index }) {
  if (field !== "context") return { tag: field };
  return { tag: field, val: Number.isInteger(index) && index >= 0 && index < OUTSIDE ? index : OUTSIDE };
}
