import { ServerConnection } from "@jupyterlab/services";
import { SocketChannel } from "../session/socket_channel";
import { NoServerError, type PlanServer, type Summary } from "./server";

export interface ListingState {
  plans: readonly Summary[];
  losses: readonly string[];
  state: "loading" | "ready" | "no-server" | "offline" | "failed";
  /** What the server said when it failed. */
  detail: string;
}

/** How often the list is read where the server does not tell, in milliseconds. */
const POLL = 30_000;

/** The plans of a server, kept up to date while somebody looks. */
export class Listing {
  readonly #server: PlanServer;
  readonly #events: SocketChannel;
  #state: ListingState = { plans: [], losses: [], state: "loading", detail: "" };
  #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(server: PlanServer) {
    this.#server = server;
    this.#events = new SocketChannel(server.events);
  }

  /** Begins to follow the server. */
  async start(): Promise<void> {
    await this.refresh();
    this.#timer = setInterval(() => this.refresh(), POLL);
    if (this.#state.state === "no-server") return;
    this.#events.start({
      up: () => void this.refresh(),
      message: () => void this.refresh(),
      down: () => undefined,
    });
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#events.close();
  }

  getState = (): ListingState => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  async refresh(): Promise<void> {
    try {
      this.#set({ ...(await this.#server.list()), state: "ready", detail: "" });
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      this.#set({ ...this.#state, state: stateAfter(error), detail });
    }
  }

  #set(state: ListingState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }
}

function stateAfter(error: unknown): ListingState["state"] {
  if (error instanceof NoServerError) return "no-server";
  return error instanceof ServerConnection.NetworkError ? "offline" : "failed";
}
