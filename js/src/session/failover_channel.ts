import type { Channel, ChannelEvents, Message } from "./channel";

/** How long the first channel may leave a message unanswered, in milliseconds. */
const PATIENCE = 2_000;

/**
 * A channel that goes over to a second one, for good, when the first does not answer: a kernel that
 * runs a cell, or is gone. The session begins anew there and sends again what has no answer.
 */
export class FailoverChannel implements Channel {
  #current: Channel;
  readonly #second: () => Promise<Channel | null>;
  readonly #patience: number;
  #events: ChannelEvents | null = null;
  #waiting = new Set<number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #over = false;

  /** `second` is asked for when it is needed; null says that there is none. */
  constructor(first: Channel, second: () => Promise<Channel | null>, patience = PATIENCE) {
    this.#current = first;
    this.#second = second;
    this.#patience = patience;
  }

  start(events: ChannelEvents): void {
    this.#events = events;
    this.#begin(this.#current);
  }

  send(message: Message): void {
    if (!this.#over && message.re !== undefined) {
      this.#waiting.add(message.re);
      this.#timer ??= setTimeout(() => void this.#goOver(), this.#patience);
    }
    this.#current.send(message);
  }

  artifactUrl(id: string): string | null {
    return this.#current.artifactUrl?.(id) ?? null;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#events = null;
    this.#current.close();
  }

  #begin(channel: Channel): void {
    const mine = () => this.#current === channel;
    channel.start({
      up: () => mine() && this.#events?.up(),
      down: (detail) => mine() && this.#events?.down(detail),
      message: (message, buffers) => {
        if (!mine()) return;
        this.#answered(message);
        this.#events?.message(message, buffers);
      },
    });
  }

  #answered({ re }: Message): void {
    if (re !== undefined) this.#waiting.delete(re);
    if (this.#waiting.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #goOver(): Promise<void> {
    const second = await this.#second().catch(() => null);
    this.#timer = undefined;
    if (!this.#events || this.#waiting.size === 0) return;
    if (!second) {
      this.#timer = setTimeout(() => void this.#goOver(), this.#patience * 5);
      return;
    }
    this.#over = true;
    this.#current.close();
    this.#current = second;
    this.#begin(second);
  }
}
