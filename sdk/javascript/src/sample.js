// What a plugin is given.

import { Failure } from "./failure.js";

export class Sample {
  constructor(output) {
    this.id = "sample";
    this.input = "";
    this.output = output;
    this.expected = undefined;
    this.context = [];
    this.conversation = [];
    this.metadataText = "{}";
  }

  static ofOutput(output) {
    return new Sample(output);
  }

  withInput(input) {
    return this.with({ input });
  }

  withExpected(expected) {
    return this.with({ expected });
  }

  withContext(passages) {
    return this.with({ context: [...passages] });
  }

  withMessage(role, content) {
    return this.with({ conversation: [...this.conversation, { role, content, toolCalls: [] }] });
  }

  withMetadata(metadata) {
    return this.with({ metadataText: JSON.stringify(metadata) });
  }

  with(changed) {
    return Object.assign(new Sample(this.output), this, changed);
  }

  metadata() {
    if (this.metadataText.trim() === "") return {};
    let value;
    try {
      value = JSON.parse(this.metadataText);
    } catch (error) {
      throw Failure.sample(`the metadata is not a JSON object: ${error.message}`);
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw Failure.sample("the metadata is not a JSON object");
    }
    return value;
  }

  /** The text that a span of `field` points into; undefined where there is none. */
  text(field, index) {
    return field === "context" ? this.context[index] : this[field];
  }
}
