/** A part of a sample that a plugin cannot do without. The output is always there. */
export type Need = "input" | "expected" | "context" | "conversation";

/** What a plugin says of itself. Name and version come from `plugin.yaml`, the schema from its settings. */
export class About {
  private constructor();
  /**
   * A rule that holds or does not, whose values lie in 0 to 1 unless `range` says otherwise.
   * @param summary One sentence that says what holds where the check passes: "Names no competitor."
   */
  static constraint(summary: string): About;
  /** A measure, whose threshold the suite sets. Its values have no bounds unless `range` gives some. */
  static metric(summary: string): About;
  /** The lowest and the highest value that a score can have. The host refuses scores outside. */
  range(low: number, high: number): About;
  /** Says that 0 beats 1, as for an error rate. */
  lowerIsBetter(): About;
  /** Names a part of the sample without which `evaluate` is never called. */
  needs(need: Need): About;
}

/**
 * Throw it where the plugin could not score. The host reports a fault, never a failed sample: an answer that breaks a
 * rule is a `Score` with the verdict fail.
 */
export class Failure extends Error {
  readonly kind: "settings" | "sample" | "failed";
  /** The settings are wrong. The message names the field, what is wrong, and what to write instead. */
  static settings(message: string): Failure;
  /** This sample lacks what the plugin needs. The message says what. */
  static sample(message: string): Failure;
  /** Anything else that keeps the plugin from scoring. */
  static failed(message: string): Failure;
}

/** A part of one text of the sample, in positions of JavaScript strings. */
export interface Span {
  field: "input" | "output" | "context";
  start: number;
  /** One past the last unit. */
  end: number;
  /** The passage's position, where the field is `context`. */
  index: number;
}

/** One thing that a plugin points at. */
export class Finding {
  /** Stable identifier of what was found, in kebab-case. Reports count findings by it. */
  readonly rule: string;
  /** One sentence for a person. */
  readonly message: string;
  /** Where it stands, if it stands anywhere. */
  readonly location?: Span;
  constructor(rule: string, message: string);
  /** Points at `output.slice(start, end)`, as `indexOf` and `RegExp` give them. */
  inOutput(start: number, end: number): Finding;
  /** Points at `input.slice(start, end)`. */
  inInput(start: number, end: number): Finding;
  /** Points at `context[index].slice(start, end)`. */
  inContext(index: number, start: number, end: number): Finding;
}

/** One call of a tool. */
export interface ToolCall {
  id: string;
  name: string;
  /** The text of a JSON value. */
  arguments: string;
}

/** One message of the conversation that led to the output. */
export interface Message {
  role: "system" | "user" | "assistant" | "tool";
  content: string;
  toolCalls: ToolCall[];
}

/** One exchange under evaluation. */
export class Sample {
  /** Unique in its dataset. */
  readonly id: string;
  /** What the user asked. Structured inputs arrive as JSON text. */
  readonly input: string;
  /** What the system answered. */
  readonly output: string;
  /** The reference answer, where there is one. */
  readonly expected?: string;
  /** The passages that the answer has to rest on, in order. */
  readonly context: string[];
  /** The messages that led to the output, oldest first; empty for a single turn. */
  readonly conversation: Message[];
  /** The text of a JSON object. See `metadata`. */
  readonly metadataText: string;
  /** A sample with nothing but an output, to build the others from in tests. */
  static ofOutput(output: string): Sample;
  withInput(text: string): Sample;
  withExpected(text: string): Sample;
  withContext(passages: string[]): Sample;
  withMessage(role: Message["role"], content: string): Sample;
  withMetadata(metadata: Record<string, unknown>): Sample;
  /** Everything else that the dataset carries for this sample; throws a `Failure` if it is no JSON object. */
  metadata(): Record<string, unknown>;
}

/** A plugin's judgement of one sample; `unjudged` leaves it to the suite's threshold. */
export type Verdict = "pass" | "fail" | "unjudged";

/** What a plugin says of one sample. */
export class Score {
  /** In the unit and range of `About`; finite. */
  value: number;
  verdict: Verdict;
  /** One sentence for a person; empty where the findings say it all. */
  summary: string;
  /** What the plugin points at. The host gets the first 1,000, and no more text than 256 KiB. */
  findings: Finding[];
  /** Further numbers worth a trend, by name. */
  measures: [string, number][];
  /** What a metric returns: a value, which the suite's threshold judges. */
  constructor(
    value: number,
    more?: { verdict?: Verdict; summary?: string; findings?: Finding[]; measures?: [string, number][] },
  );
  /** What a constraint returns: a pass of value 1 without findings, a fail of value 0 with any. */
  static fromFindings(findings: Finding[]): Score;
  /** The same with one more number worth a trend. */
  measure(name: string, value: number): this;
}

/** The type of one setting. */
export class Field<T> {
  private readonly type: T;
  /** The setting may be left out: it is then `value`, or undefined. */
  optional(): Field<T | undefined>;
  optional(value: T): Field<T>;
}

/** A plugin's settings by name. */
export type Fields = Record<string, Field<any>>;

/** What the settings of these fields hold. */
export type Settings<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

/** The types that a setting can have. Each takes the description that users read. */
export const field: {
  text(about?: string): Field<string>;
  boolean(about?: string): Field<boolean>;
  integer(about?: string): Field<number>;
  number(about?: string): Field<number>;
  choice<const C extends readonly string[]>(of: C, about?: string): Field<C[number]>;
  list<T>(of: Field<T>, about?: string): Field<T[]>;
  map<T>(of: Field<T>, about?: string): Field<Record<string, T>>;
  object<F extends Fields>(fields: F, about?: string): Field<Settings<F>>;
};

/** A check, as its author writes it. */
export interface Definition<F extends Fields, T> {
  /** What the plugin is. */
  about: About;
  /** What one use of the plugin is configured with; left out: nothing. */
  settings?: F;
  /**
   * Gets the check ready. Do here whatever is expensive, such as compiling patterns: the host keeps what it returns and
   * starts every sample from it. Throw `Failure.settings` where a value is wrong in a way that its type cannot say.
   */
  configure(settings: Settings<F>): T;
  /** Scores one sample; nothing survives to the next one. A bad answer is a score, not a `Failure`. */
  evaluate(sample: Sample, configured: T): Score;
}

/** What `plugin` makes. */
export class Plugin<F extends Fields = Fields, T = unknown> {
  private readonly definition: Definition<F, T>;
}

/** Makes a plugin: `export default plugin({…});`, once in the module that `plugin build` starts from. */
export function plugin<T, F extends Fields = {}>(definition: Definition<F, T>): Plugin<F, T>;

/** Lines for the plugin's author. The host shows them with the plugin's name, and bounds their size and number. */
export const log: {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
};

/** Whether letters that differ only in case are the same. */
export type Case = "ignore" | "match";

/** One place where a phrase stands. */
export interface Hit {
  /** Position of the phrase in the list that `Phrases` was given. */
  phrase: number;
  start: number;
  end: number;
}

/** A phrase cannot be looked for. The message names it by its position, ready for `Failure.settings`. */
export class PhraseError extends Error {}

/** Finds any of a list of phrases in a text, as whole words. Build it once, in `configure`. */
export class Phrases {
  constructor(phrases: Iterable<string>, options?: { case?: Case; withinWords?: boolean });
  /** The phrases of the setting `name`; throws a `Failure` of settings where one cannot be looked for. */
  static ofSetting(name: string, phrases: Iterable<string>, options?: { case?: Case; withinWords?: boolean }): Phrases;
  /** Where the phrases stand, from left to right; where hits overlap, the first and of those the longest. */
  find(text: string): Hit[];
  /** Every place where a phrase stands, from left to right; of those at the same place the longest first. */
  findOverlapping(text: string): Hit[];
}

/** A text with everything levelled that a reader overlooks, and the way back to where it came from. */
export class Folded {
  readonly text: string;
  constructor(original: string, letters?: Case);
  /** Where a part of the folded text stands in the original; undefined where it covers a part of a character only. */
  original(start: number, end: number): [number, number] | undefined;
  /** Whether a word may start or end at `at` of the folded text. */
  isWordBoundary(at: number): boolean;
}

/**
 * For tests: configures the plugin with `settings` and scores `sample`, a `Sample` or the text of an output. Throws what
 * the plugin threw, or a `Failure` where the host would refuse the score.
 */
export function check(plugin: Plugin<any, any>, settings: unknown, sample: Sample | string): Score;

/** For tests: the texts that the findings of `score` point at, in order. */
export function quotes(score: Score, sample: Sample | string): string[];

/** For tests: the JSON Schema of the plugin's settings, as it goes into the descriptor. */
export function schema(plugin: Plugin<any, any>): Record<string, unknown>;
