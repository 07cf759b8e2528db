import { parseRelayFrame, relayFrame } from "../../src/sync/relay_frames";

type Said = Record<string, unknown>;

/** Milliseconds on the way to the server and back. */
const WAY = 1;

/**
 * A room server in this process, for tests by a clock of their own: it passes on what it hears but
 * for what it `loses`, which is asked once for each message from a peer to another.
 */
export class LossyRooms {
  loses: (from: string, to: string) => boolean = () => false;
  readonly #sockets = new Set<Socket>();

  /** What stands in the place of `WebSocket`. */
  readonly WebSocket: typeof WebSocket;

  constructor() {
    const rooms = this;
    this.WebSocket = class extends Socket {
      constructor(readonly url: string) {
        super();
        setTimeout(() => rooms.#enter(this), WAY);
      }

      send(data: string | Uint8Array): void {
        setTimeout(() => rooms.#heard(this, data), WAY);
      }

      close(): void {
        this.readyState = Socket.CLOSED;
        rooms.#sockets.delete(this);
      }
    } as unknown as typeof WebSocket;
  }

  #enter(socket: Socket): void {
    socket.readyState = Socket.OPEN;
    this.#sockets.add(socket);
    socket.onopen?.();
  }

  #heard(socket: Socket, data: string | Uint8Array): void {
    if (!this.#sockets.has(socket)) return;
    if (typeof data === "string") this.#told(socket, JSON.parse(data) as Said);
    else {
      const { topic, peer, payload } = parseRelayFrame(data);
      this.#pass(socket, peer, relayFrame(topic, socket.peer, payload));
    }
  }

  #told(socket: Socket, said: Said): void {
    const { type, topic, id, to } = said;
    if (type === "join") {
      socket.peer = String(id);
      this.#say(socket, { type: "joined", topic, iceServers: [] });
    } else if (type === "publish") this.#pass(socket, to, { ...said, from: socket.peer });
  }

  /** To one peer, or to all but the one that said it. */
  #pass(from: Socket, to: unknown, said: Said | Uint8Array): void {
    for (const socket of this.#sockets) {
      const meant = to === undefined ? socket !== from : socket.peer === to;
      if (meant && !this.loses(from.peer, socket.peer)) this.#say(socket, said);
    }
  }

  #say(socket: Socket, said: Said | Uint8Array): void {
    const data = said instanceof Uint8Array ? said.slice().buffer : JSON.stringify(said);
    setTimeout(() => socket.readyState === Socket.OPEN && socket.onmessage?.({ data }), WAY);
  }
}

class Socket {
  static readonly OPEN = 1;
  static readonly CLOSED = 3;
  readyState = 0;
  readonly bufferedAmount = 0;
  peer = "";
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
