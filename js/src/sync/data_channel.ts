import {
  type Channel,
  checkSize,
  closedError,
  FRAME_BYTES,
  Inbox,
  isWithin,
  type Message,
} from "./channel";

/** Bytes that may have come and not been read. */
const UNREAD = 16_000_000;

/** One RTCDataChannel as a `Channel`. Made before it is open, so that nothing is missed. */
export class DataChannel implements Channel {
  /** What is sent before anything of this one is. */
  first: DataChannel | null = null;
  readonly opened: Promise<void>;
  readonly closed: Promise<void>;
  readonly #channel: RTCDataChannel;
  readonly #inbox = new Inbox(UNREAD);
  readonly #high: number;
  #turn: Promise<void> = Promise.resolve();
  /** Messages whose turn has not come. */
  #waiting = 0;

  /** Lets up to `high` bytes wait in the browser. */
  constructor(channel: RTCDataChannel, high: number) {
    this.#channel = channel;
    this.#high = high;
    channel.binaryType = "arraybuffer";
    channel.bufferedAmountLowThreshold = high / 2;
    channel.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      const message = typeof data === "string" ? data : new Uint8Array(data);
      if (!this.#inbox.put(message)) this.close();
    };
    this.opened = once(channel, "open", () => channel.readyState === "open");
    this.closed = once(channel, "close", () => channel.readyState === "closed");
    void this.closed.then(() => this.#inbox.end());
  }

  get empty(): boolean {
    return this.#channel.bufferedAmount === 0 || this.#channel.readyState !== "open";
  }

  send(message: Message): Promise<void> {
    this.#waiting += 1;
    const sent = this.#turn.then(() => this.#send(message));
    this.#turn = sent.catch(() => undefined);
    return sent;
  }

  sendNow(message: Message): boolean {
    const { bufferedAmount, readyState } = this.#channel;
    const free = this.#waiting === 0 && !this.first && bufferedAmount <= this.#high;
    if (!free || readyState !== "open" || !isWithin(message, FRAME_BYTES)) return false;
    try {
      this.#put(message);
      return true;
    } catch {
      // The channel is closed by it, which `send` tells.
      return false;
    }
  }

  receive(): Promise<Message | null> {
    return this.#inbox.take();
  }

  close(): void {
    this.#channel.close();
    this.#inbox.end();
  }

  async #send(message: Message): Promise<void> {
    try {
      checkSize(message);
      if (this.first) await this.first.#drained();
      if (this.#channel.bufferedAmount > this.#high) await this.#drained();
      if (this.#channel.readyState !== "open") throw closedError();
      this.#put(message);
    } finally {
      this.#waiting -= 1;
    }
  }

  #put(message: Message): void {
    try {
      if (typeof message === "string") this.#channel.send(message);
      else this.#channel.send(message as Uint8Array<ArrayBuffer>);
    } catch (cause) {
      // Its queue is full, or it began to close: what was not sent would be missing.
      this.close();
      throw closedError(cause);
    }
  }

  async #drained(): Promise<void> {
    const channel = this.#channel;
    const low = () => channel.bufferedAmount <= channel.bufferedAmountLowThreshold;
    await Promise.race([once(channel, "bufferedamountlow", low), this.closed]);
  }
}

function once(channel: RTCDataChannel, event: string, already: () => boolean): Promise<void> {
  if (already()) return Promise.resolve();
  return new Promise((resolve) => {
    channel.addEventListener(event, () => resolve(), { once: true });
  });
}
