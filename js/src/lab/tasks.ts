import type { TaskList } from "../model/generated/team";
import { NoServerError, type PlanServer } from "./server";

export interface TasksState {
  /** The tasks of the repository; null where the server works in none. */
  list: TaskList | null;
  /** Why they are not newer, if they should be. */
  problem: string;
  /** Whether the team's remote is being asked. */
  fetching: boolean;
}

/** How often the tasks are read, in milliseconds; the remote is asked by who wants that only. */
const POLL = 30_000;

/** The tasks of the server's repository, kept up to date while somebody looks. */
export class TaskListing {
  readonly #server: PlanServer;
  #state: TasksState = { list: null, problem: "", fetching: false };
  #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(server: PlanServer) {
    this.#server = server;
  }

  async start(): Promise<void> {
    this.#timer = setInterval(() => this.refresh(), POLL);
    await this.refresh();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  get dashboard(): string {
    return this.#server.dashboard;
  }

  getState = (): TasksState => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Reads the tasks; with `fetch`, what is new on the team's remote comes first. */
  async refresh(fetch = false): Promise<void> {
    if (fetch) this.#set({ ...this.#state, fetching: true });
    try {
      const list = await this.#server.tasks(fetch);
      this.#set({ ...this.#state, list, problem: "" });
    } catch (error) {
      const none = error instanceof NoServerError;
      const problem = none ? "" : error instanceof Error ? error.message : String(error);
      this.#set({ ...this.#state, list: none ? null : this.#state.list, problem });
    } finally {
      if (fetch) this.#set({ ...this.#state, fetching: false });
    }
  }

  #set(state: TasksState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }
}
