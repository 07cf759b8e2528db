const ASTRAL = /[\u{10000}-\u{10ffff}]/gu;

/**
 * Positions of one text in both countings: code points, as the plan counts, and UTF-16 units, as
 * JavaScript's strings do. Positions outside the text are clamped to its ends.
 */
export class CodePoints {
  readonly #astral: number[] = [];
  readonly #units: number;

  constructor(text: string) {
    this.#units = text.length;
    for (const match of text.matchAll(ASTRAL)) this.#astral.push(match.index);
  }

  /** Code points before the UTF-16 position `unit`. */
  fromUtf16(unit: number): number {
    const at = Math.max(0, Math.min(unit, this.#units));
    return at - countBelow(this.#astral.length, (index) => this.#astral[index]! < at - 1);
  }

  /** The UTF-16 position after `points` code points. */
  toUtf16(points: number): number {
    const wanted = Math.max(0, points);
    const passed = countBelow(
      this.#astral.length,
      (index) => this.#astral[index]! - index < wanted,
    );
    return Math.min(wanted + passed, this.#units);
  }
}

/** How many of `size` ascending indices satisfy `below`, by bisection. */
function countBelow(size: number, below: (index: number) => boolean): number {
  let low = 0;
  let high = size;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (below(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The number of code points of `text`. */
export function length(text: string): number {
  return text.length - (text.match(ASTRAL)?.length ?? 0);
}
