import { PeerPlanError } from "../model/errors";
import { parseRelayFrame, relayFrame } from "./relay_frames";

/** Bytes that wait in the browser before senders are held. */
const MUCH = 128 * 1024;
const LOOK_AGAIN = 15;

export interface RoomSocketEvents {
  signal(data: string): void;
  frame(from: string, payload: Uint8Array): void;
  gone(peer: string): void;
  joined(iceServers: RTCIceServer[]): void;
  /** It is over; `drained` when the server stops and another should be used. */
  ended(detail: string, drained: boolean): void;
}

/** One socket to a room server: what is said on it for one peer in one room, both ways. */
export class RoomSocket {
  readonly #socket: WebSocket;
  readonly #topic: string;
  readonly #peer: string;
  readonly #secret: string;
  readonly #events: RoomSocketEvents;
  #said = "";
  #over = false;
  #asked: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string, topic: string, peer: string, secret: string, events: RoomSocketEvents) {
    this.#topic = topic;
    this.#peer = peer;
    this.#secret = secret;
    this.#events = events;
    this.#socket = new WebSocket(url);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onopen = () => this.join();
    this.#socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => this.#take(data);
    // An error says nothing in a browser; `close` follows it.
    this.#socket.onerror = () => {};
    this.#socket.onclose = ({ reason }) => this.#end(reason);
  }

  get open(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Subscribes, and asks to be reached under this peer's id. */
  join(): void {
    this.#say({ type: "subscribe", topics: [this.#topic] });
    this.#say({ type: "join", topic: this.#topic, id: this.#peer, secret: this.#secret });
  }

  publish(data: string, to: string | null): void {
    this.#say({ type: "publish", topic: this.#topic, data, ...(to ? { to } : {}) });
  }

  /** After all that was sent before; resolves when there is room for the next. */
  async sendFrame(to: string, payload: Uint8Array): Promise<void> {
    const socket = this.#socket;
    if (socket.readyState !== WebSocket.OPEN) throw unreachable();
    socket.send(relayFrame(this.#topic, to, payload) as Uint8Array<ArrayBuffer>);
    // Browsers tell of no event when a WebSocket has room again.
    while (socket.bufferedAmount > MUCH) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN));
      if (socket.readyState !== WebSocket.OPEN) throw unreachable();
    }
  }

  /** Asks whether the server is still there; the socket ends if nothing comes in that time. */
  ask(milliseconds: number): void {
    if (!this.open || this.#asked !== undefined) return;
    this.#say({ type: "ping" });
    this.#asked = setTimeout(() => this.close("The room server does not answer."), milliseconds);
  }

  close(detail: string): void {
    this.#socket.close();
    this.#end(detail);
  }

  #say(message: Record<string, unknown>): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #take(data: string | ArrayBuffer): void {
    if (this.#over) return;
    this.#heard();
    try {
      if (typeof data === "string") this.#message(parsed(data));
      else {
        const { topic, peer, payload } = parseRelayFrame(new Uint8Array(data));
        if (topic === this.#topic) this.#events.frame(peer, payload);
      }
    } catch (error) {
      if (!(error instanceof PeerPlanError)) throw error;
      this.close(error.message);
    }
  }

  /** What is not of the room, or is not known, is for others. */
  #message(message: Record<string, unknown>): void {
    const { type, topic, data, from, id } = message;
    const here = topic === this.#topic;
    if (type === "publish" && here && typeof data === "string" && from !== this.#peer) {
      this.#events.signal(data);
    } else if (type === "joined" && here) this.#events.joined(iceServers(message.iceServers));
    else if (type === "gone" && here && typeof id === "string") this.#events.gone(id);
    else if (type === "ping") this.#say({ type: "pong" });
    else if (type === "error") this.#said = String(message.message ?? message.code).slice(0, 300);
    else if (type === "drain") {
      this.#socket.close();
      this.#end("The room server stops.", true);
    }
  }

  #heard(): void {
    clearTimeout(this.#asked);
    this.#asked = undefined;
  }

  #end(detail: string, drained = false): void {
    if (this.#over) return;
    this.#heard();
    this.#over = true;
    this.#events.ended(this.#said || detail || "The room server cannot be reached.", drained);
  }
}

function unreachable(): PeerPlanError {
  return new PeerPlanError("unreachable", "No room server relays for this peer now.");
}

function parsed(text: string): Record<string, unknown> {
  try {
    const message: unknown = JSON.parse(text);
    if (typeof message === "object" && message !== null) return message as Record<string, unknown>;
  } catch {
    // It is refused below.
  }
  throw new PeerPlanError("protocol", "The room server sent what is not a JSON object.");
}

function iceServers(value: unknown): RTCIceServer[] {
  if (!Array.isArray(value)) return [];
  return value.filter((one) => typeof one === "object" && one !== null && "urls" in one);
}
