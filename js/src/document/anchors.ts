import { length } from "../model/code_points";
import type { Anchor, DeltaPart, TextTarget } from "../model/view";
import type { Content } from "./content";
import type { LoroDoc } from "./loro";
import { resolve } from "./targets";

interface Range {
  start: number;
  end: number;
}

/** The places of all text annotations that were asked for, kept while the content changes. */
export class Anchors {
  /** Those that stand where both cursors are, with the words of their quote. */
  readonly #firm = new Map<string, Range>();
  /** All others: resolved anew after every change, so that every peer finds the same. */
  readonly #loose = new Map<string, Anchor>();

  /** Where `target` is; resolved once, then kept up by `shift`. */
  get(key: string, target: TextTarget, doc: LoroDoc, content: Content): Anchor {
    const range = this.#firm.get(key);
    if (range) return { state: "anchored", ...range };
    const known = this.#loose.get(key);
    if (known) return known;
    const { anchor, firm } = resolve(target, doc, content);
    if (firm) this.#firm.set(key, { start: anchor.start!, end: anchor.end! });
    else this.#loose.set(key, anchor);
    return anchor;
  }

  /** The annotations whose anchors were asked for. */
  known(): string[] {
    return [...this.#firm.keys(), ...this.#loose.keys()];
  }

  /** Resolves `key` anew when it is next asked for. */
  forget(key: string): void {
    this.#firm.delete(key);
    this.#loose.delete(key);
  }

  /**
   * Moves all anchors by a content change; the ids of those it touched, which are forgotten. Text
   * inserted at an anchor's start moves it, at its end does not extend it.
   */
  shift(delta: readonly DeltaPart[]): string[] {
    const edits = new Edits(delta);
    const touched = [...this.#loose.keys()];
    this.#loose.clear();
    for (const [key, range] of this.#firm) {
      if (!edits.move(range)) touched.push(key);
    }
    for (const key of touched) this.#firm.delete(key);
    return touched;
  }
}

/** A delta as edits at positions of the old text, searched by bisection. */
class Edits {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
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
      this.#starts.push(position);
      this.#ends.push(position + gone);
      const come = "insert" in part ? length(part.insert) : 0;
      this.#grown.push(this.#grown.at(-1)! + come - gone);
      position += gone;
    }
  }

  /** Moves `range`; false if an edit deletes some of it, or inserts strictly inside it. */
  move(range: Range): boolean {
    const index = this.#after(range.start);
    if (index < this.#starts.length && this.#starts[index]! < range.end) return false;
    const by = this.#grown[index]!;
    range.start += by;
    range.end += by;
    return true;
  }

  /** How many edits end at or before `position`. */
  #after(position: number): number {
    let low = 0;
    let high = this.#ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ends[middle]! <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
