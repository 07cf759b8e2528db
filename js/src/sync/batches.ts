import { deflated } from "./deflated";
import { split } from "./fragments";
import {
  type Crdt,
  encodeFrame,
  type HexString,
  MessageType,
  newBatchId,
  UpdateStatusCode,
} from "./frames";
import { type Clock, type Limits, TokenBucket } from "./limits";

const FIRST_PAUSE = 0.5;
const LONGEST_PAUSE = 10;
const PREFIX = 5;
const TEMPORARY: ReadonlySet<UpdateStatusCode> = new Set([
  UpdateStatusCode.Unknown,
  UpdateStatusCode.RateLimited,
  UpdateStatusCode.FragmentTimeout,
]);

/** Updates that travel and are acknowledged together. */
export interface Batch {
  id: HexString;
  updates: Uint8Array[];
  /** How many local changes are in it. */
  changes: number;
  tries: number;
  /** When to send it again, if the peer could not take it. */
  retry: number | null;
}

interface Waiting {
  update: Uint8Array;
  changes: number;
  /** Whether it is being deflated, so that it and what comes after it cannot go yet. */
  held: boolean;
}

/**
 * What one peer sends another, until it is acknowledged: at once while few batches wait for their
 * Ack, and what gathers then together. Without `acks` (a peer that does not acknowledge) nothing
 * is held back or kept. Each method returns the frames to send now.
 */
export class Batches {
  acks = true;
  /** Whether updates that are longer than a fragment are deflated. */
  deflates = false;
  /** Called when there may be something to `flush`. */
  ready: () => void = () => {};
  readonly #crdt: Crdt;
  readonly #room: string;
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #pace: TokenBucket;
  readonly #sent = new Map<HexString, Batch>();
  #queue: Waiting[] = [];

  constructor(crdt: Crdt, room: string, limits: Limits, clock: Clock) {
    this.#crdt = crdt;
    this.#room = room;
    this.#limits = limits;
    this.#clock = clock;
    this.#pace = new TokenBucket(limits.messagesPerSecond / 4, limits.burst / 4, clock);
  }

  /** Changes that the peer has not acknowledged. */
  get changes(): number {
    const waiting: { changes: number }[] = [...this.#sent.values(), ...this.#queue];
    return waiting.reduce((sum, one) => sum + one.changes, 0);
  }

  add(update: Uint8Array, changes = 1): Uint8Array[] {
    const held = this.deflates && update.length > this.#limits.fragment;
    const waiting = { update, changes, held };
    this.#queue.push(waiting);
    if (held) void this.#deflate(waiting);
    return this.flush();
  }

  /** What may be sent now: after an Ack, or when time has passed. */
  flush(): Uint8Array[] {
    const out: Uint8Array[] = [];
    while (this.#queue[0]?.held === false && this.#open()) {
      const batch = this.#next();
      if (this.acks) this.#sent.set(batch.id, batch);
      out.push(...this.#frames(batch));
    }
    return out;
  }

  /**
   * Takes note of an Ack; the batch, if its way ends here. One that the peer could not take for a
   * passing reason is sent again by `retries` for as long as it takes: what it depends on may come
   * over another link that is not there yet.
   */
  acknowledged(id: HexString, status: UpdateStatusCode): Batch | null {
    const batch = this.#sent.get(id);
    if (!batch) return null;
    if (!TEMPORARY.has(status)) {
      this.#sent.delete(id);
      return batch;
    }
    const soon = status === UpdateStatusCode.FragmentTimeout && batch.tries === 1;
    batch.retry = this.#clock() + (soon ? 0 : pause(batch.tries));
    return null;
  }

  /** The batches whose time to be sent again has come. */
  retries(): Uint8Array[] {
    const now = this.#clock();
    const due = [...this.#sent.values()].filter((one) => one.retry !== null && one.retry <= now);
    return due.flatMap((batch) => {
      batch.retry = null;
      batch.tries += 1;
      return this.#frames(batch);
    });
  }

  /** Forgets everything; how many changes that were. */
  clear(): number {
    const { changes } = this;
    this.#queue = [];
    this.#sent.clear();
    return changes;
  }

  async #deflate(waiting: Waiting): Promise<void> {
    try {
      waiting.update = await deflated(waiting.update);
    } finally {
      waiting.held = false;
      this.ready();
    }
  }

  /** What waits, whose Acks nobody will hear; what is still being deflated goes as it is. */
  rest(): Uint8Array[] {
    this.acks = false;
    for (const one of this.#queue) one.held = false;
    return this.flush();
  }

  #open(): boolean {
    return !this.acks || (this.#sent.size < this.#limits.window && this.#pace.take());
  }

  #next(): Batch {
    let size = 0;
    const fits = this.#queue.findIndex(({ update, held }, index) => {
      size += update.length + PREFIX;
      return held || (index > 0 && size > this.#limits.fragment);
    });
    const taken = this.#queue.splice(0, fits < 0 ? this.#queue.length : fits);
    const changes = taken.reduce((sum, one) => sum + one.changes, 0);
    const updates = taken.map((one) => one.update);
    return { id: newBatchId(), updates, changes, tries: 1, retry: null };
  }

  #frames({ id, updates }: Batch): Uint8Array[] {
    const [first] = updates;
    const { fragment } = this.#limits;
    const where = { crdt: this.#crdt, roomId: this.#room, batchId: id };
    if (first && first.length > fragment) return split(where, first, fragment).map(encodeFrame);
    return [encodeFrame({ type: MessageType.DocUpdate, ...where, updates })];
  }
}

function pause(tries: number): number {
  return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tries - 1));
}
