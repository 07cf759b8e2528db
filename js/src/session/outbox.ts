import type { SentOperation } from "../model/view";

/** Operations without an answer, kept over a reload of the page where the browser lets us. */
export class Outbox {
  readonly #key: string;

  constructor(name: string) {
    this.#key = `peerplan:outbox:${name}`;
  }

  load(): SentOperation[] {
    try {
      const found: unknown = JSON.parse(sessionStorage.getItem(this.#key) ?? "[]");
      return Array.isArray(found) ? found : [];
    } catch {
      return [];
    }
  }

  save(operations: SentOperation[]): void {
    try {
      if (operations.length === 0) sessionStorage.removeItem(this.#key);
      else sessionStorage.setItem(this.#key, JSON.stringify(operations));
    } catch {
      // Storage is off or full: what is on screen still holds them.
    }
  }
}
