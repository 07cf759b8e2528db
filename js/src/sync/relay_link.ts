import { PeerPlanError } from "../model/errors";
import {
  type Channel,
  checkSize,
  closedError,
  FRAME_BYTES,
  Inbox,
  type Message,
  type PairLink,
  type Path,
} from "./channel";
import { ULID } from "./grant";
import { joined, utf8 } from "./keys";
import { type Direction, seal, unseal } from "./sealing";

/** Bytes that may wait to be read; a peer that sends more faster than it is read is cut off. */
const UNREAD = 8_000_000;
const OPENING = 0;
const KEYED = 1;
const ATTEMPT = 26;

export interface RelayOptions {
  room: string;
  me: string;
  other: string;
  attempt: string;
  path: Extract<Path, "relay" | "local">;
  offered: boolean;
  /** The room's key for what is said before two peers have keys of their own. */
  helloKey: Uint8Array;
  /** Takes frames in the order of the calls; resolves when there is room for the next. */
  send: (payload: Uint8Array) => Promise<void>;
}

/** A link of relayed frames; what comes is given to `take`. */
export class RelayLink implements PairLink {
  readonly binding = new Uint8Array();
  readonly closed: Promise<string>;
  readonly control = new RelayChannel(0, (kind, data) => this.#send(kind, data));
  readonly bulk = new RelayChannel(2, (kind, data) => this.#send(kind, data));
  readonly #options: RelayOptions;
  #keys: { sending: Direction; receiving: Direction } | null = null;
  #keyed = false;
  #early: Uint8Array[] = [];
  #earlySize = 0;
  #ended = false;
  #end!: (reason: string) => void;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  get attempt(): string {
    return this.#options.attempt;
  }

  get path(): Path {
    return this.#options.path;
  }

  get offered(): boolean {
    return this.#options.offered;
  }

  /** From now on seals with keys that only these two peers have, and opens what is sealed so. */
  secure(sending: Direction, receiving: Direction): void {
    if (this.#keys) return;
    this.#keys = { sending, receiving };
    const early = this.#early;
    this.#early = [];
    for (const payload of early) this.take(payload);
  }

  /** A relayed frame of this attempt came; one that cannot be opened ends the link. */
  take(payload: Uint8Array): void {
    if (this.#ended) return;
    try {
      // The other peer has the keys as soon as it read our hello, before we may have read its own.
      if (payload[0] === KEYED && !this.#keys) this.#keep(payload);
      else this.#handOver(this.#opened(payload));
    } catch (error) {
      if (!(error instanceof PeerPlanError)) throw error;
      this.close(error.message);
    }
  }

  close(reason = "This peer closed the link."): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#early = [];
    this.control.close();
    this.bulk.close();
    this.#end(reason);
  }

  #keep(payload: Uint8Array): void {
    this.#earlySize += payload.length;
    if (this.#earlySize > 4 * FRAME_BYTES) throw broken("Too much came before the keys.");
    this.#early.push(payload);
  }

  #opened(payload: Uint8Array): Uint8Array {
    const sealed = payload.subarray(1 + ATTEMPT);
    if (payload[0] === KEYED && this.#keys) {
      this.#keyed = true;
      return this.#keys.receiving.unseal(sealed);
    }
    if (payload[0] !== OPENING || this.#keyed) throw broken("A relayed frame came out of turn.");
    const { room, me, other, attempt, helloKey } = this.#options;
    return unseal(helloKey, sealed, utf8([room, other, me, attempt].join("|")));
  }

  #handOver(plain: Uint8Array): void {
    const kind = plain[0];
    if (kind === undefined || kind > 3 || plain.length > FRAME_BYTES + 1) {
      throw broken("A relayed frame is for no channel, or too long.");
    }
    const channel = kind < 2 ? this.control : this.bulk;
    const data = plain.subarray(1);
    if (!channel.put(kind % 2 === 0 ? decoded(data) : data)) {
      throw broken("The other peer sends faster than this one reads.");
    }
  }

  async #send(kind: number, data: Uint8Array): Promise<void> {
    if (this.#ended) throw closedError();
    const plain = joined(Uint8Array.of(kind), data);
    const { room, me, other, attempt, helloKey, send } = this.#options;
    const keys = this.#keys;
    const sealed = keys
      ? keys.sending.seal(plain)
      : seal(helloKey, plain, utf8([room, me, other, attempt].join("|")));
    await send(joined(Uint8Array.of(keys ? KEYED : OPENING), utf8(attempt), sealed));
  }
}

class RelayChannel implements Channel {
  readonly #kind: number;
  readonly #send: (kind: number, data: Uint8Array) => Promise<void>;
  readonly #inbox = new Inbox(UNREAD);
  #closed = false;

  constructor(kind: number, send: (kind: number, data: Uint8Array) => Promise<void>) {
    this.#kind = kind;
    this.#send = send;
  }

  async send(message: Message): Promise<void> {
    checkSize(message);
    if (this.#closed) throw closedError();
    if (typeof message === "string") await this.#send(this.#kind, utf8(message));
    else await this.#send(this.#kind + 1, message);
  }

  receive(): Promise<Message | null> {
    return this.#inbox.take();
  }

  put(message: Message): boolean {
    return this.#inbox.put(message);
  }

  close(): void {
    this.#closed = true;
    this.#inbox.end();
  }
}

/** Which attempt a relayed frame belongs to; null if it says none. */
export function attemptOf(payload: Uint8Array): string | null {
  if (payload.length <= 1 + ATTEMPT) return null;
  const name = String.fromCharCode(...payload.subarray(1, 1 + ATTEMPT));
  return ULID.test(name) ? name : null;
}

function decoded(data: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    throw broken("A relayed text is not UTF-8.");
  }
}

function broken(message: string): PeerPlanError {
  return new PeerPlanError("protocol", message);
}
