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

/** How often the server is asked, in milliseconds, while somebody looks: without its socket, and
 * with it, since git and the time of day say things too. */
const POLL = 5_000;
const HEARING = 20_000;
const AGAIN = 250;
const PATIENCE = 10_000;

/** What a team's server shows, asked for when it says that something came, and again and again, while
 * the page is visible. */
export class TeamFeed {
  readonly #url: string;
  readonly #events: string;
  #socket: WebSocket | undefined;
  #shown: Shown = { team: undefined, at: 0, problem: "" };
  #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking = false;
  #again = false;

  /** `url` is what is asked, `events` the socket that says when to. */
  constructor(url: string, events: string) {
    this.#url = url;
    this.#events = events;
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
    this.#socket?.close();
  }

  #look = (): void => {
    if (document.visibilityState === "hidden") return;
    if (this.#asking) {
      this.#again = true;
      return;
    }
    this.#asking = true;
    this.#again = false;
    clearTimeout(this.#timer);
    this.#hear();
    void this.ask().finally(() => {
      this.#asking = false;
      const hears = this.#socket?.readyState === WebSocket.OPEN;
      this.#timer = setTimeout(this.#look, this.#again ? AGAIN : hears ? HEARING : POLL);
    });
  };

  /** Has the server say when something came; where that fails, it is asked more often. */
  #hear(): void {
    if (this.#socket && this.#socket.readyState !== WebSocket.CLOSED) return;
    const url = new URL(this.#events, document.baseURI);
    url.protocol = url.protocol.replace("http", "ws");
    this.#socket = new WebSocket(url);
    this.#socket.onmessage = this.#look;
  }

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
