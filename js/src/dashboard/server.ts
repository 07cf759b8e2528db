import type { Dashboard } from "../model/generated/team";
import { strings } from "./strings";

export interface Shown {
  /** What the server said last. */
  team: Dashboard | undefined;
  /** When that was, in Unix seconds. */
  at: number;
  /** Why it is not newer, if it should be. */
  problem: string;
}

/** How often the server is asked, in milliseconds, while somebody looks. */
const POLL = 5_000;
const PATIENCE = 10_000;

/** What a team's server shows, asked for again and again while the page is visible. */
export class TeamFeed {
  readonly #url: string;
  #shown: Shown = { team: undefined, at: 0, problem: "" };
  #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking = false;

  constructor(url: string) {
    this.#url = url;
  }

  getShown = (): Shown => this.#shown;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  start(): void {
    document.addEventListener("visibilitychange", this.#look);
    this.#look();
  }

  stop(): void {
    document.removeEventListener("visibilitychange", this.#look);
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look = (): void => {
    if (document.visibilityState === "hidden" || this.#asking) return;
    this.#asking = true;
    clearTimeout(this.#timer);
    void this.ask().finally(() => {
      this.#asking = false;
      this.#timer = setTimeout(this.#look, POLL);
    });
  };

  async ask(): Promise<void> {
    try {
      const answer = await fetch(this.#url, { signal: AbortSignal.timeout(PATIENCE) });
      if (!answer.ok) return this.#set({ ...this.#shown, problem: strings.refused(answer.status) });
      const team = (await answer.json()) as Dashboard;
      this.#set({ team, at: Date.now() / 1000, problem: "" });
    } catch {
      this.#set({ ...this.#shown, problem: strings.silent });
    }
  }

  #set(shown: Shown): void {
    this.#shown = shown;
    for (const listener of [...this.#listeners]) listener();
  }
}
