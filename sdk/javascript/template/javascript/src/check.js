// Flags an answer that uses jargon.

import { About, Failure, Finding, Phrases, Score, field, plugin } from "scorebox-sdk";

export default plugin({
  about: About.constraint("The answer uses no jargon."),

  settings: {
    terms: field.list(field.text(), "Words and phrases that must not appear."),
    case_sensitive: field.boolean("Tell `IT` from `it`.").optional(false),
  },

  configure(settings) {
    if (settings.terms.length === 0) {
      throw Failure.settings("terms: the list is empty; write at least one term");
    }
    return Phrases.ofSetting("terms", settings.terms, { case: settings.case_sensitive ? "match" : "ignore" });
  },

  evaluate(sample, terms) {
    const findings = terms.find(sample.output).map(({ start, end }) => {
      return new Finding("jargon", `uses “${sample.output.slice(start, end)}”`).inOutput(start, end);
    });
    return Score.fromFindings(findings);
  },
});
