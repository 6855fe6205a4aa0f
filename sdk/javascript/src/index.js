// Write a Scorebox plugin in TypeScript or JavaScript. The types and their documentation are in index.d.ts.

export { About } from "./about.js";
export { Failure } from "./failure.js";
export { Finding } from "./finding.js";
export { log } from "./log.js";
export { Plugin, plugin } from "./plugin.js";
export { Sample } from "./sample.js";
export { Score } from "./score.js";
export { Field, field } from "./settings.js";
export { check, quotes, schema } from "./testing.js";
export { Folded, PhraseError, Phrases } from "./text.js";
