// What a plugin says of a sample.

export class Score {
  constructor(value, { verdict = "unjudged", summary = "", findings = [], measures = [] } = {}) {
    this.value = value;
    this.verdict = verdict;
    this.summary = summary;
    this.findings = findings;
    this.measures = measures;
  }

  static fromFindings(findings) {
    const bad = findings.length > 0;
    return new Score(bad ? 0 : 1, { verdict: bad ? "fail" : "pass", findings });
  }

  measure(name, value) {
    this.measures.push([name, value]);
    return this;
  }
}

/** Findings that are handed to the host: an answer that repeats an offence must not escape its verdict by that. */
const MAX_FINDINGS = 1000;
/** Bytes of text in one score, as JSON writes it. */
const MAX_TEXT = 256 << 10;

/** How many of the findings the host takes. */
export function taken(score) {
  let left = MAX_TEXT - jsonLength(score.summary);
  for (const [name] of score.measures) left -= jsonLength(name);
  let count = 0;
  for (const { rule, message } of score.findings.slice(0, MAX_FINDINGS)) {
    left -= jsonLength(rule) + jsonLength(message);
    if (left < 0) break;
    count++;
  }
  return count;
}

/** Bytes of a text as JSON writes it, without the quotes. */
function jsonLength(text) {
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x20) length += "\n\r\t\b\f".includes(text[index]) ? 2 : 6;
    else if (unit < 0x80) length += unit === 0x22 || unit === 0x5c ? 2 : 1;
    else length += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3;
  }
  return length;
}
