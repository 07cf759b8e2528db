import type { AnyModel } from "@anywidget/types";
import type { Channel, ChannelEvents, Message } from "./channel";
import { watchKernel } from "./kernel_watch";

const LOST = "The kernel cannot be reached.";
const ENDED = "The kernel was restarted or has ended. Run the cell again to go on with it.";

/** The comm of a widget model. Plain custom messages: they work wherever anywidget does. */
export class CommChannel implements Channel {
  readonly #model: AnyModel;
  #events: ChannelEvents | null = null;
  #unwatch: () => void = () => undefined;
  #ended = false;

  constructor(model: AnyModel) {
    this.#model = model;
  }

  start(events: ChannelEvents): void {
    this.#events = events;
    this.#model.on("msg:custom", this.#receive);
    events.up();
    this.#unwatch = watchKernel(this.#model, {
      ended: () => this.#end(),
      lost: () => this.#ended || this.#events?.down(LOST),
      unsure: () => this.#again(),
    });
  }

  send(message: Message): void {
    try {
      this.#model.send(message);
    } catch {
      // The comm was closed. Whoever sends is told after it has sent.
      queueMicrotask(() => this.#end());
    }
  }

  close(): void {
    this.#unwatch();
    this.#model.off("msg:custom", this.#receive);
    this.#events = null;
  }

  #receive = (message: Message, buffers: DataView[]): void => {
    this.#events?.message(message, buffers);
  };

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#events?.down(ENDED);
  }

  /** Once the host has done what it is about to do with the comm. */
  #again(): void {
    setTimeout(() => this.#ended || this.#events?.up());
  }
}
