import { vi } from "vitest";
import type { Channel, Message, PairLink, Path } from "../../src/sync/channel";
import { closedError, Inbox } from "../../src/sync/channel";

/** One end of a pair of channels without a network. */
class Wire implements Channel {
  readonly inbox = new Inbox(1e9);
  other: Wire | null = null;
  /** Loses what is sent, as a network does. */
  deaf = false;

  async send(message: Message): Promise<void> {
    if (!this.other) throw closedError();
    if (!this.deaf) this.other.inbox.put(message);
  }

  receive(): Promise<Message | null> {
    return this.inbox.take();
  }

  close(): void {
    const { other } = this;
    this.other = null;
    this.inbox.end();
    other?.close();
  }
}

export function wires(): [Wire, Wire] {
  const [one, other] = [new Wire(), new Wire()];
  one.other = other;
  other.other = one;
  return [one, other];
}

/** Two ends of a link without a network. */
export function links(path: Path = "direct"): [PairLink, PairLink] {
  const [control, bulk] = [wires(), wires()];
  const made = ([0, 1] as const).map((side): PairLink => {
    let end: (reason: string) => void = () => {};
    const closed = new Promise<string>((resolve) => {
      end = resolve;
    });
    const close = (reason = "closed") => {
      control[side].close();
      bulk[side].close();
      end(reason);
    };
    const ends = { control: control[side], bulk: bulk[side] };
    return { ...ends, path, binding: new Uint8Array(), offered: side === 0, closed, close };
  });
  return [made[0]!, made[1]!];
}

/** Lets a file's tests move intervals on themselves; how to end that. */
export function fakeIntervals(): () => void {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  return () => void vi.useRealTimers();
}
