import { PeerPlanError } from "../model/errors";

export type Message = string | Uint8Array;

/** The longest message of a channel, text counted in UTF-8. */
export const FRAME_BYTES = 16 * 1024;

/** How messages travel: from host to host, over a TURN server, through a room server, or between
 * the pages of one browser. */
export type Path = "direct" | "turn" | "relay" | "local";

/** Ordered, reliable messages, text and binary, of at most `FRAME_BYTES`. */
export interface Channel {
  /**
   * Sends, and resolves when there is room for the next. Rejects with `too_large` for a message
   * that is too long, of which nothing is sent, and with `unreachable` when the channel is closed.
   * That it arrives is not promised.
   */
  send(message: Message): Promise<void>;
  /** Sends within this task, if nothing has to wait; false if it would have to, and was not sent. */
  sendNow?(message: Message): boolean;
  /** The next message; null at the end, after all that came before it. One asks at a time. */
  receive(): Promise<Message | null>;
  /** Ends this channel; a second time does nothing. */
  close(): void;
}

/** A link between two peers, open from when it is handed over until it is closed. */
export interface PairLink {
  /** Handshake, document and presence. */
  readonly control: Channel;
  /** Artifacts. It waits while `control` has something to send. */
  readonly bulk: Channel;
  /** How messages travel now; ICE may change it while the link is open. */
  readonly path: Path;
  /** What only the two ends of this link know alike, 32 bytes; empty if it has no such. */
  readonly binding: Uint8Array;
  /** Whether this side offered the link, and so asks to join over it. */
  readonly offered: boolean;
  /** Resolves when the link is closed, by whomever, with a sentence that says why. */
  readonly closed: Promise<string>;
  /** Closes the link and all it holds, after what waits to be sent or a second. `reason` is what
   * `closed` says on this side; it does not travel. */
  close(reason?: string): void;
}

const text = new TextEncoder();

/** Bytes that a message takes on the way. */
export function sizeOf(message: Message): number {
  return typeof message === "string" ? text.encode(message).length : message.length;
}

/** Whether a message has at most so many bytes; short text is not encoded to know. */
export function isWithin(message: Message, most: number): boolean {
  const { length } = message;
  if (typeof message !== "string" || length > most) return length <= most;
  return 3 * length <= most || sizeOf(message) <= most;
}

/** A `too_large` error for a message that no channel takes. */
export function checkSize(message: Message): void {
  if (isWithin(message, FRAME_BYTES)) return;
  const sizes = `${sizeOf(message)} bytes, and ${FRAME_BYTES} are allowed.`;
  throw new PeerPlanError("too_large", `A message has ${sizes}`);
}

export function closedError(cause?: unknown): PeerPlanError {
  return new PeerPlanError("unreachable", "The link is closed.", { cause });
}

/** What came over a channel and was not read yet. */
export class Inbox {
  readonly #most: number;
  #messages: Message[] = [];
  #size = 0;
  #ended = false;
  #waiting: ((message: Message | null) => void) | null = null;

  /** Holds up to `most` bytes. */
  constructor(most: number) {
    this.#most = most;
  }

  /** False when there is no more room; the link is to be closed then. */
  put(message: Message): boolean {
    if (this.#ended) return true;
    const waiting = this.#waiting;
    if (waiting) {
      this.#waiting = null;
      waiting(message);
      return true;
    }
    this.#size += message.length;
    if (this.#size > this.#most) return false;
    this.#messages.push(message);
    return true;
  }

  take(): Promise<Message | null> {
    const next = this.#messages.shift();
    if (next !== undefined) {
      this.#size -= next.length;
      return Promise.resolve(next);
    }
    if (this.#ended) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  /** What came before is still given. */
  end(): void {
    this.#ended = true;
    this.#waiting?.(null);
    this.#waiting = null;
  }
}
