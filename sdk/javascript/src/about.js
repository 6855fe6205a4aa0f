// What a plugin says of itself.

export class About {
  constructor(summary, kind, bounds) {
    this.summary = summary;
    this.kind = kind;
    this.bounds = bounds;
    this.higherIsBetter = true;
    this.needed = [];
  }

  static constraint(summary) {
    return new About(summary, "constraint", [0, 1]);
  }

  static metric(summary) {
    return new About(summary, "metric", undefined);
  }

  range(low, high) {
    return this.#with({ bounds: [low, high] });
  }

  lowerIsBetter() {
    return this.#with({ higherIsBetter: false });
  }

  needs(need) {
    return this.#with({ needed: [...new Set([...this.needed, need])] });
  }

  #with(changed) {
    return Object.assign(new About(this.summary, this.kind, this.bounds), this, changed);
  }
}
