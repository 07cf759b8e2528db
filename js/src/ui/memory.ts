/** What this browser remembers about one plan's page. Without storage nothing is remembered. */
export class Memory {
  readonly #prefix: string;

  constructor(planId: string) {
    this.#prefix = `peerplan:${planId}:`;
  }

  read<T>(name: string): T | null {
    try {
      const text = localStorage.getItem(this.#prefix + name);
      return text === null ? null : (JSON.parse(text) as T);
    } catch {
      return null;
    }
  }

  write(name: string, value: unknown): void {
    try {
      if (value === null || value === "") localStorage.removeItem(this.#prefix + name);
      else localStorage.setItem(this.#prefix + name, JSON.stringify(value));
    } catch {
      // Storage is off or full; what is on screen stays.
    }
  }
}
