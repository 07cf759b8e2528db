import type { HexString } from "./frames";

/** Bytes that are kept. What does not fit is left to its sender, who sends it again. */
const MOST = 4_000_000;

/**
 * Updates of one peer that came before what they depend on, kept until the document is another,
 * when they may be taken in.
 */
export class Early {
  readonly #kept = new Map<HexString, Uint8Array[]>();
  #seen: string | null = null;

  get empty(): boolean {
    return this.#kept.size === 0;
  }

  /** Keeps what is left of a batch. */
  keep(batch: HexString, updates: Uint8Array[]): void {
    this.#kept.delete(batch);
    const held = [...this.#kept.values(), updates].flat();
    if (held.reduce((sum, { length }) => sum + length, 0) <= MOST) this.#kept.set(batch, updates);
  }

  /** The batches in the order in which they came, kept no more; none while the document has the
   * version that it had the last time. */
  due(version: Uint8Array): [HexString, Uint8Array[]][] {
    const now = String(version);
    if (now === this.#seen) return [];
    this.#seen = now;
    const due = [...this.#kept];
    this.#kept.clear();
    return due;
  }

  clear(): void {
    this.#kept.clear();
    this.#seen = null;
  }
}
