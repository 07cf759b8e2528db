/** How many are under way at once: another one may have been made up by a room server. */
const MOST = 3;
/** Names that are not taken a second time, when a room server says again what it heard. */
const REMEMBERED = 100;

/**
 * Tries to be linked that another peer began, under names that it chose.
 *
 * No name counts for more than another, so that one that was made up keeps out no other: the newest
 * stand beside each other until each opened or failed, and the oldest makes way. To close one does
 * nothing to what is over.
 */
export class Attempts<A extends { close(): void }> {
  readonly #underWay = new Map<string, A>();
  readonly #used = new Set<string>();

  get size(): number {
    return this.#underWay.size;
  }

  /** Whether nothing was heard under that name lately. */
  isNew(name: string): boolean {
    return !this.#used.has(name);
  }

  /** The one of that name, if it is under way. */
  get(name: string): A | undefined {
    return this.#underWay.get(name);
  }

  /** Takes one in; gives up the oldest that is not `spared`, if there are too many. */
  begin(name: string, attempt: A, spared: unknown = null): void {
    this.#underWay.set(name, attempt);
    this.#used.add(name);
    const [oldest] = this.#used;
    if (oldest && this.#used.size > REMEMBERED) this.#used.delete(oldest);
    const old = [...this.#underWay].filter(([, one]) => one !== spared);
    for (const [one, held] of old.slice(0, Math.max(0, this.#underWay.size - MOST))) {
      this.#underWay.delete(one);
      held.close();
    }
  }

  /** Takes note that one opened, failed or is over. */
  end(name: string): void {
    this.#underWay.delete(name);
  }

  /** Gives up all. */
  close(): void {
    const all = [...this.#underWay.values()];
    this.#underWay.clear();
    for (const attempt of all) attempt.close();
  }

  /** Those that are under way and of which that holds. */
  where(holds: (attempt: A) => boolean): A[] {
    return [...this.#underWay.values()].filter(holds);
  }
}
