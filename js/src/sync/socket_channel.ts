import { type Channel, closedError, Inbox, type Message } from "./channel";

/** Bytes that may have come and not been read. */
const UNREAD = 16_000_000;
/** Bytes that wait in the browser before senders are held. */
const MUCH = 128 * 1024;
const LOOK_AGAIN = 15;

/** One WebSocket as a `Channel`, whose messages may be as long as the server takes. Made before it
 * is open, so that nothing is missed. */
export class SocketChannel implements Channel {
  /** Rejects with `unreachable` if it never opens. */
  readonly opened: Promise<void>;
  readonly #socket: WebSocket;
  readonly #inbox = new Inbox(UNREAD);

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      const message = typeof data === "string" ? data : new Uint8Array(data);
      if (!this.#inbox.put(message)) this.close();
    };
    // An error says nothing in a browser; `close` follows it.
    socket.onerror = () => {};
    this.opened = new Promise((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onclose = () => {
        this.#inbox.end();
        reject(closedError());
      };
    });
    this.opened.catch(() => undefined);
  }

  async send(message: Message): Promise<void> {
    this.#put(message);
    // Browsers tell of no event when a WebSocket has room again.
    while (this.#socket.bufferedAmount > MUCH) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN));
      if (!this.#open) throw closedError();
    }
  }

  sendNow(message: Message): boolean {
    if (!this.#open || this.#socket.bufferedAmount > MUCH) return false;
    this.#put(message);
    return true;
  }

  receive(): Promise<Message | null> {
    return this.#inbox.take();
  }

  close(): void {
    this.#socket.close();
    this.#inbox.end();
  }

  get #open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  #put(message: Message): void {
    if (!this.#open) throw closedError();
    if (typeof message === "string") this.#socket.send(message);
    else this.#socket.send(message as Uint8Array<ArrayBuffer>);
  }
}
