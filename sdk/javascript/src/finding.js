// What a plugin points at.

export class Finding {
  constructor(rule, message, location) {
    this.rule = rule;
    this.message = message;
    this.location = location;
  }

  inOutput(start, end) {
    return new Finding(this.rule, this.message, { field: "output", start, end, index: 0 });
  }

  inInput(start, end) {
    return new Finding(this.rule, this.message, { field: "input", start, end, index: 0 });
  }

  inContext(index, start, end) {
    return new Finding(this.rule, this.message, { field: "context", start, end, index });
  }
}

/** The byte of a position that lies in no text, which the host refuses. */
export const OUTSIDE = 0xffffffff;

/** The byte in UTF-8 of each of `positions` in `text`, in their order; `OUTSIDE` for one that is not in it. */
export function byteOffsets(text, positions) {
  // By arrays: QuickJS's Map of numbers takes longer the more it holds.
  const order = positions.map((_, index) => index);
  if (positions.some((position, index) => index > 0 && position < positions[index - 1])) {
    order.sort((a, b) => positions[a] - positions[b]);
  }
  const offsets = new Array(positions.length).fill(OUTSIDE);
  let seen = 0;
  let bytes = 0;
  for (const index of order) {
    const position = positions[index];
    if (!Number.isInteger(position) || position < 0 || position > text.length) continue;
    for (; seen < position; seen++) {
      const unit = text.charCodeAt(seen);
      // Each half of a surrogate pair counts two of the pair's four bytes, so the middle of one is no boundary.
      const surrogate = unit >= 0xd800 && unit < 0xe000;
      bytes += unit < 0x80 ? 1 : unit < 0x800 || surrogate ? 2 : 3;
    }
    offsets[index] = bytes;
  }
  return offsets;
}
