import { length } from "../model/code_points";
import type { DeltaPart } from "../model/view";
import type { Content } from "./content";

/** Edits of one change that are looked at one by one. */
const MANY = 50;

export interface Range {
  start: number;
  end: number;
}

/** A delta as replaced ranges of the old text, in code points, searched by bisection. */
export class Edits {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #come: number[] = [];
  /** By how much what follows the edits before this index moves. */
  readonly #grown: number[] = [0];

  constructor(delta: readonly DeltaPart[]) {
    let position = 0;
    for (const part of delta) {
      if ("retain" in part) {
        position += part.retain;
        continue;
      }
      const gone = "delete" in part ? part.delete : 0;
      const come = "insert" in part ? length(part.insert) : 0;
      this.#starts.push(position);
      this.#ends.push(position + gone);
      this.#come.push(come);
      this.#grown.push(this.#grown.at(-1)! + come - gone);
      position += gone;
    }
  }

  /** By how much the text grew. */
  get growth(): number {
    return this.#grown.at(-1)!;
  }

  /** The range after the edits; undefined if one deletes some of it, or inserts strictly inside. */
  moved({ start, end }: Range): Range | undefined {
    const index = this.#endingBelow(start + 1);
    if (index < this.#starts.length && this.#starts[index]! < end) return undefined;
    const by = this.#grown[index]!;
    return { start: start + by, end: end + by };
  }

  /** As `moved`; undefined also if an edit touches one of the range's ends. */
  movedFree({ start, end }: Range): Range | undefined {
    const index = this.#endingBelow(start);
    if (index < this.#starts.length && this.#starts[index]! <= end) return undefined;
    const by = this.#grown[index]!;
    return { start: start + by, end: end + by };
  }

  /**
   * Whether the edits made `words` stand where they did not stand before, or may have: more edits
   * than a few are not looked through. `content` is the new text.
   */
  brought(words: string, { text, points }: Content): boolean {
    if (this.#starts.length > MANY) return true;
    const near = Math.max(length(words) - 1, 0);
    return this.#starts.some((at, index) => {
      const start = at + this.#grown[index]!;
      const end = start + this.#come[index]! + near;
      const around = text.slice(points.toUtf16(start - near), points.toUtf16(end));
      return around.includes(words);
    });
  }

  /** How many edits end below `position`. */
  #endingBelow(position: number): number {
    let low = 0;
    let high = this.#ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ends[middle]! < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
