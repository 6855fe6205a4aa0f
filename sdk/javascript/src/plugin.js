// What a plugin implements, and what every plugin does around it.

import { About } from "./about.js";
import { Failure } from "./failure.js";
import { log } from "./log.js";
import { Score, taken } from "./score.js";
import { parse } from "./settings.js";

export class Plugin {
  constructor(definition) {
    this.definition = definition;
  }
}

export function plugin(definition) {
  if (!(definition.about instanceof About)) {
    throw new TypeError('the plugin says nothing of itself: write `about: About.constraint("…")` into it');
  }
  for (const name of ["configure", "evaluate"]) {
    if (typeof definition[name] !== "function") throw new TypeError(`the plugin has no function \`${name}\``);
  }
  return new Plugin(definition);
}

const PARTS = {
  input: [(sample) => sample.input === "", "an input"],
  expected: [(sample) => sample.expected === undefined, "an expected answer"],
  context: [(sample) => sample.context.length === 0, "passages in its context"],
  conversation: [(sample) => sample.conversation.length === 0, "a conversation"],
};

/** A plugin with its settings, as the host uses it. */
export class Configured {
  constructor({ definition }, settings) {
    this.definition = definition;
    this.configured = definition.configure(parse(definition.settings ?? {}, settings));
  }

  evaluate(sample) {
    for (const need of this.definition.about.needed) {
      const [lacks, part] = PARTS[need];
      if (lacks(sample)) throw Failure.sample(`this check needs ${part}, and the sample has none`);
    }
    const score = this.definition.evaluate(sample, this.configured);
    if (!(score instanceof Score)) throw new TypeError("evaluate returned no Score");
    const kept = taken(score);
    if (score.findings.length > kept) {
      log.warn(`${score.findings.length - kept} findings after the first ${kept} were dropped`);
      score.findings = score.findings.slice(0, kept);
    }
    return score;
  }
}
