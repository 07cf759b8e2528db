import type { Channel, ChannelEvents, Message } from "./channel";

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;

export interface SocketOptions {
  /** Says in a sentence that the connection is gone. */
  detail?: string;
  artifactUrl?: (id: string) => string;
  open?: (url: string) => WebSocket;
}

/** A WebSocket of JSON text frames that connects again by itself, later and later. */
export class SocketChannel implements Channel {
  readonly #url: string;
  readonly #detail: string;
  readonly #artifactUrl: SocketOptions["artifactUrl"];
  readonly #open: (url: string) => WebSocket;
  #events: ChannelEvents | null = null;
  #socket: WebSocket | null = null;
  #wait = FIRST_WAIT;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string, options: SocketOptions = {}) {
    this.#url = url;
    this.#detail = options.detail ?? "The server does not answer.";
    this.#artifactUrl = options.artifactUrl;
    this.#open = options.open ?? ((address) => new WebSocket(address));
  }

  start(events: ChannelEvents): void {
    this.#events = events;
    globalThis.addEventListener?.("online", this.#now);
    this.#connect();
  }

  send(message: Message): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  artifactUrl(id: string): string | null {
    return this.#artifactUrl?.(id) ?? null;
  }

  close(): void {
    this.#events = null;
    clearTimeout(this.#timer);
    globalThis.removeEventListener?.("online", this.#now);
    this.#socket?.close();
  }

  #connect(): void {
    const socket = this.#open(this.#url);
    this.#socket = socket;
    socket.onopen = () => {
      this.#wait = FIRST_WAIT;
      this.#events?.up();
    };
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = () => {
      if (this.#socket === socket) this.#lost();
    };
  }

  #receive(data: unknown): void {
    if (typeof data !== "string") return;
    const message: unknown = JSON.parse(data);
    if (isMessage(message)) this.#events?.message(message, []);
  }

  #lost(): void {
    if (!this.#events) return;
    this.#events.down(this.#detail);
    const jitter = 0.5 + Math.random() / 2;
    this.#timer = setTimeout(() => this.#connect(), this.#wait * jitter);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }

  #now = (): void => {
    if (this.#socket?.readyState !== WebSocket.CLOSED) return;
    clearTimeout(this.#timer);
    this.#connect();
  };
}

function isMessage(value: unknown): value is Message {
  return typeof value === "object" && value !== null && "kind" in value;
}
