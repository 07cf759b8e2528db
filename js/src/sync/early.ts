import type { HexString } from "./frames";
import type { Clock } from "./limits";

/** Bytes that are kept. What does not fit is left to its sender, who sends it again. */
const MOST = 4_000_000;
/** Batches that are kept: as many as a peer sends at once. */
const MANY = 8;
/** How often in a row a batch is tried in vain before there are pauses between. */
const AT_ONCE = 4;
const PAUSE = 0.25;
const LONGEST_PAUSE = 10;

interface Kept {
  updates: Uint8Array[];
  version: string;
  /** How often in a row nothing of it could be taken in. */
  vain: number;
  at: number;
}

/**
 * Updates of one peer that came before what they depend on, kept in the order in which they came
 * until the document is another, when the first may be taken in, and then the next. What was tried
 * in vain again and again is tried seldom, since each trial costs time, and anybody may send what
 * never fits.
 */
export class Early {
  readonly #clock: Clock;
  readonly #kept = new Map<HexString, Kept>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(batch: HexString): boolean {
    return this.#kept.has(batch);
  }

  /** Keeps what is left of a batch that came too early for this version of the document. */
  keep(batch: HexString, updates: Uint8Array[], version: Uint8Array): void {
    const last = this.#kept.get(batch);
    const vain = last && last.updates.length === updates.length ? last.vain + 1 : 0;
    const more = vain - AT_ONCE;
    const pause = more >= 0 ? Math.min(PAUSE * 2 ** more, LONGEST_PAUSE) : 0;
    const others = [...this.#kept].filter(([known]) => known !== batch);
    const held = [...others.flatMap(([, one]) => one.updates), ...updates];
    if (others.length >= MANY || held.reduce((sum, { length }) => sum + length, 0) > MOST) return;
    this.#kept.set(batch, { updates, version: String(version), vain, at: this.#clock() + pause });
  }

  /** The first batch, if it may be taken in by now; `drop` is said of it once it was. */
  due(version: () => Uint8Array): [HexString, Uint8Array[]] | null {
    const [first] = this.#kept;
    if (!first || first[1].at > this.#clock() || first[1].version === String(version()))
      return null;
    return [first[0], first[1].updates];
  }

  /** Forgets a batch that is not too early any more. */
  drop(batch: HexString): void {
    this.#kept.delete(batch);
  }

  clear(): void {
    this.#kept.clear();
  }
}
