// Does all that the conformance suite asks about: findings in every part, measures, failures, an exception.

import { About, Failure, Finding, Phrases, Score, field, plugin } from "scorebox-sdk";

export default plugin({
  about: About.constraint("No part of the sample has a term."),

  settings: {
    terms: field.list(field.text(), "What must not appear."),
    case_sensitive: field.boolean("Tell `IT` from `it`.").optional(false),
  },

  configure(settings) {
    return Phrases.ofSetting("terms", settings.terms, { case: settings.case_sensitive ? "match" : "ignore" });
  },

  evaluate(sample, terms) {
    const beyond = sample.output.length + 1;
    switch (sample.input) {
      case "panic":
        throw new Error("deliberately");
      case "fail":
        throw Failure.failed("gave up");
      case "refuse":
        throw Failure.sample("the sample will not do");
      case "outside":
        return Score.fromFindings([new Finding("term", "outside").inOutput(beyond, beyond)]);
    }
    const found = (text, at) => {
      return terms.find(text).map(({ start, end }) => at(new Finding("term", `has “${text.slice(start, end)}”`), start, end));
    };
    const findings = [
      ...found(sample.output, (finding, start, end) => finding.inOutput(start, end)),
      ...found(sample.input, (finding, start, end) => finding.inInput(start, end)),
      ...sample.context.flatMap((passage, index) => {
        return found(passage, (finding, start, end) => finding.inContext(index, start, end));
      }),
    ];
    return Score.fromFindings(findings).measure("found", findings.length);
  },
});
