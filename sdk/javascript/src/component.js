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
  const positions = new Map();
  for (const { location } of score.findings) {
    if (location === undefined) continue;
    const place = `${location.field} ${location.index}`;
    if (!positions.has(place)) positions.set(place, { location, found: [] });
    positions.get(place).found.push(location.start, location.end);
  }
  const offsets = new Map();
  for (const [place, { location, found }] of positions) {
    const text = sample.text(location.field, location.index);
    if (text !== undefined) offsets.set(place, byteOffsets(text, found));
  }
  return {
    value: Number(score.value),
    verdict: score.verdict,
    summary: sound(score.summary),
    findings: score.findings.map(({ rule, message, location }) => ({
      rule: sound(rule),
      message: sound(message),
      location: location && span(location, offsets.get(`${location.field} ${location.index}`)),
    })),
    measures: score.measures.map(([name, value]) => [sound(name), Number(value)]),
  };
}

function span({ field, index, start, end }, offsets) {
  const isPassage = Number.isInteger(index) && index >= 0 && index < OUTSIDE;
  return {
    field: field === "context" ? { tag: field, val: isPassage ? index : OUTSIDE } : { tag: field },
    start: offsets?.get(start) ?? OUTSIDE,
    end: offsets?.get(end) ?? OUTSIDE,
  };
}
