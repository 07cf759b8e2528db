import { length } from "../model/code_points";
import type { Anchor, DeltaPart, TextTarget } from "../model/view";
import type { Content } from "./content";
import { Edits, type Range } from "./edits";
import { MAX_READ_CONTENT } from "./limits";
import type { LoroDoc } from "./loro";
import { type Positions, positions } from "./positions";
import { isAlone, resolve, type Spots, spotsOf } from "./targets";

/** An anchor that does not stand where both cursors are, with what it follows from. */
interface Loose {
  target: TextTarget;
  spots: Spots | undefined;
  anchor: Anchor;
  /** Whether the quote stands in one place at most, so that nothing else decides between more. */
  alone: boolean;
}

/** The places of all text annotations that were asked for, kept while the content changes. */
export class Anchors {
  /** Those that stand where both cursors are, with the words of their quote. */
  readonly #firm = new Map<string, Range>();
  /** All others: where they are follows from all of the content, for every peer alike. */
  readonly #loose = new Map<string, Loose>();
  /** Where cursors of those are that are asked for next. */
  #found: Positions = new Map();

  /** Finds the cursors of many that are asked for next, in less than one after the other. */
  place(targets: ReadonlyMap<string, TextTarget>, doc: LoroDoc): void {
    const fresh = [...targets].filter(([key]) => !this.#firm.has(key) && !this.#loose.has(key));
    this.#found = positions(
      doc,
      fresh.flatMap(([, { cursor }]) => (cursor ? [cursor.start, cursor.end] : [])),
    );
  }

  /** Where `target` is; resolved once, then kept up by `shift`. */
  get(key: string, target: TextTarget, doc: LoroDoc, content: Content): Anchor {
    const range = this.#firm.get(key);
    if (range) return { state: "anchored", ...range };
    const known = this.#loose.get(key);
    if (known) return known.anchor;
    const { cursor } = target;
    if (cursor && !(this.#found.has(cursor.start) && this.#found.has(cursor.end))) {
      this.#found = positions(doc, [cursor.start, cursor.end]);
    }
    const spots = spotsOf(target, this.#found, content);
    const { anchor, firm } = resolve(target, spots, content);
    if (firm) this.#firm.set(key, { start: anchor.start!, end: anchor.end! });
    else this.#loose.set(key, { target, spots, anchor, alone: isAlone(target, content) });
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
    this.#found.clear();
  }

  /**
   * Moves all anchors by a change that made `content`; the ids of those that are elsewhere than a
   * reader finds who moves the old ones. Text inserted at an anchor's start moves it, at its end
   * does not extend it.
   */
  shift(delta: readonly DeltaPart[], content: Content): string[] {
    const edits = new Edits(delta);
    this.#found.clear();
    const told: string[] = [];
    for (const [key, range] of this.#firm) {
      const moved = edits.moved(range);
      if (moved) Object.assign(range, moved);
      else told.push(key);
    }
    for (const key of told) this.#firm.delete(key);
    return [...told, ...this.#shiftLoose(edits, content)];
  }

  #shiftLoose(edits: Edits, content: Content): string[] {
    if (this.#loose.size === 0) return [];
    const told: string[] = [];
    // More text than is read may come into what is read, or leave it, where nobody edited.
    const size = length(content.text);
    const cut = Math.max(size, size - edits.growth) >= MAX_READ_CONTENT;
    for (const [key, one] of this.#loose) {
      if (cut || !follow(one, edits)) {
        this.#loose.delete(key);
        told.push(key);
      } else if (settle(one, edits, content)) told.push(key);
    }
    return told;
  }
}

/** Moves the cursors; false where only Loro can say where they are now. */
function follow(one: Loose, edits: Edits): boolean {
  const { spots } = one;
  if (!spots) return one.target.cursor === undefined;
  const start = Math.min(spots.first, spots.last);
  const moved = edits.movedFree({ start, end: Math.max(spots.first, spots.end) });
  if (!moved) return false;
  const by = moved.start - start;
  const [first, last, end] = [spots.first + by, spots.last + by, spots.end + by];
  one.spots = { ...spots, first, last, end };
  return true;
}

/**
 * Finds the place anew where it may be another; whether it is another than a reader finds who
 * moves the old one.
 */
function settle(one: Loose, edits: Edits, content: Content): boolean {
  const moved = movedAnchor(one.anchor, edits);
  if (moved && one.alone && !edits.brought(one.target.quote.exact, content)) {
    one.anchor = moved;
    return false;
  }
  one.anchor = resolve(one.target, one.spots, content).anchor;
  one.alone = isAlone(one.target, content);
  return !moved || !isSame(one.anchor, moved);
}

/** The anchor after the edits; undefined if one of them touches it. */
function movedAnchor(anchor: Anchor, edits: Edits): Anchor | undefined {
  const { state, start, end } = anchor;
  if (start === undefined || end === undefined) return anchor;
  const moved = edits.moved({ start, end });
  return moved && { state, ...moved };
}

function isSame(one: Anchor, other: Anchor): boolean {
  return one.state === other.state && one.start === other.start && one.end === other.end;
}
