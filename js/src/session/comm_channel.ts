import type { AnyModel } from "@anywidget/types";
import type { Channel, ChannelEvents, Message } from "./channel";

/** The comm of a widget model. Plain custom messages: they work wherever anywidget does. */
export class CommChannel implements Channel {
  readonly #model: AnyModel;
  #events: ChannelEvents | null = null;

  constructor(model: AnyModel) {
    this.#model = model;
  }

  start(events: ChannelEvents): void {
    this.#events = events;
    this.#model.on("msg:custom", this.#receive);
    events.up();
  }

  send(message: Message): void {
    try {
      this.#model.send(message);
    } catch {
      // The kernel is gone. No answer comes, which is noticed as any other silence.
    }
  }

  close(): void {
    this.#model.off("msg:custom", this.#receive);
    this.#events = null;
  }

  #receive = (message: Message, buffers: DataView[]): void => {
    this.#events?.message(message, buffers);
  };
}
