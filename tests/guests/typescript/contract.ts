// The types of scorebox:plugin@0.1.0 that this plugin uses, as componentize-qjs maps them.

export interface Sample {
  id: string;
  input: string;
  output: string;
  expected?: string;
  context: string[];
  metadata: string;
}

export interface Score {
  value: number;
  verdict: "pass" | "fail" | "unjudged";
  summary: string;
  findings: Finding[];
  measures: [string, number][];
}

export interface Finding {
  rule: string;
  message: string;
  location?: Span;
}

export interface Span {
  field: { tag: "input" } | { tag: "output" } | { tag: "context"; val: number };
  start: number;
  end: number;
}

export interface Descriptor {
  name: string;
  version: string;
  summary: string;
  kind: "metric" | "constraint";
  settingsSchema: string;
  range?: [number, number];
  higherIsBetter: boolean;
  needs: ("input" | "expected" | "context" | "conversation")[];
}
