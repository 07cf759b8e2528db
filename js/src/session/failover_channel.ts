import type { Channel, ChannelEvents, Message } from "./channel";

/** How long one channel may keep us waiting before the other is tried, in milliseconds. */
const PATIENCE = 2_000;

/**
 * Two ways to the same plans. The server's, which answers while the kernel is busy or gone, carries
 * everything while it is up; the kernel's takes over while it is not, and where there is none.
 * With each change the session begins anew and sends again what has no answer.
 */
export class FailoverChannel implements Channel {
  readonly #kernel: Channel;
  readonly #find: () => Promise<Channel | null>;
  readonly #patience: number;
  #server: Channel | null = null;
  #current: Channel | null = null;
  #kernelStarted = false;
  /** Why a channel is down; empty while it is up. */
  #down = { kernel: "", server: "" };
  #events: ChannelEvents | null = null;
  /** What the kernel was asked and has not answered. */
  #waiting = new Set<number>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * `findServer` is null, or rejects, where the page's server has other plans or none. It is asked
   * again when the kernel does not answer.
   */
  constructor(kernel: Channel, findServer: () => Promise<Channel | null>, patience = PATIENCE) {
    this.#kernel = kernel;
    this.#find = findServer;
    this.#patience = patience;
  }

  start(events: ChannelEvents): void {
    this.#events = events;
    this.#timer = setTimeout(() => this.#toKernel(), this.#patience);
    void this.#look();
  }

  send(message: Message): void {
    if (this.#current === this.#kernel && message.re !== undefined) {
      this.#waiting.add(message.re);
      this.#lookLater(this.#patience);
    }
    this.#current?.send(message);
  }

  artifactUrl(id: string): string | null {
    return this.#current?.artifactUrl?.(id) ?? null;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#events = null;
    this.#server?.close();
    if (this.#kernelStarted) this.#kernel.close();
  }

  async #look(): Promise<void> {
    const found = await this.#find().catch(() => null);
    if (!this.#events || this.#server) return;
    if (found) this.#toServer(found);
    else this.#toKernel();
  }

  /** While the kernel leaves something unanswered. */
  #lookLater(wait: number): void {
    if (this.#server) return;
    this.#timer ??= setTimeout(async () => {
      await this.#look();
      this.#timer = undefined;
      if (this.#waiting.size > 0 || this.#down.kernel) this.#lookLater(this.#patience * 5);
    }, wait);
  }

  #toServer(server: Channel): void {
    this.#server = server;
    server.start({
      up: () => {
        this.#stopTimer();
        this.#down.server = "";
        this.#current = server;
        this.#events?.up();
      },
      down: (detail) => this.#leaveServer(detail),
      message: (message, buffers) => {
        if (this.#current !== server) return;
        if (message.kind !== "closed" || this.#down.kernel) this.#events?.message(message, buffers);
        else this.#giveUp(server, message);
      },
    });
  }

  #leaveServer(detail: string): void {
    this.#down.server = detail;
    if (this.#current !== this.#kernel) this.#events?.down(detail);
    this.#toKernel();
  }

  /** The server cannot show this plan; the kernel may. */
  #giveUp(server: Channel, { error }: Message): void {
    server.close();
    this.#leaveServer((error as { message?: string } | undefined)?.message ?? "");
  }

  #toKernel(): void {
    if (!this.#events || this.#current === this.#kernel) return;
    this.#stopTimer();
    this.#current = this.#kernel;
    if (!this.#kernelStarted) this.#startKernel();
    else if (!this.#down.kernel) this.#events.up();
  }

  #startKernel(): void {
    const mine = () => this.#current === this.#kernel;
    this.#kernelStarted = true;
    this.#kernel.start({
      up: () => {
        this.#down.kernel = "";
        this.#waiting.clear();
        if (mine()) this.#events?.up();
      },
      down: (detail) => {
        this.#down.kernel = detail;
        if (mine()) this.#events?.down(this.#down.server || detail);
        this.#lookLater(this.#patience);
      },
      message: (message, buffers) => {
        if (!mine()) return;
        this.#answered(message);
        this.#events?.message(message, buffers);
      },
    });
  }

  #answered({ re }: Message): void {
    if (re !== undefined) this.#waiting.delete(re);
    if (this.#waiting.size === 0) this.#stopTimer();
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
