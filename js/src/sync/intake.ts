import { PeerPlanError } from "../model/errors";
import { DEFLATE, inflated, inflatedSize, isDeflated } from "./deflated";
import { type Crdt, CrdtType, DOCUMENTS } from "./frames";
import type { Terms } from "./introduction";
import type { Limits } from "./limits";
import { type DocumentPort, isUpdates } from "./ports";

/** What became of a batch: what was new in it, and what was wrong with the rest. */
export interface Outcome {
  fresh: Uint8Array[];
  error: PeerPlanError | null;
  /** The updates that were not taken in. */
  rest: Uint8Array[];
}

/** Takes one peer's updates into a port, one batch after the other, and counts what waits. */
export class Intake {
  readonly #port: DocumentPort;
  readonly #limits: Limits;
  readonly #crdt: Crdt;
  /** Whether this peer said that it takes deflated updates. */
  readonly #inflates: boolean;
  #last: Promise<unknown> = Promise.resolve();
  #round = 0;
  #received = 0;
  /** Bytes that came and are not yet in the document. */
  waiting = 0;

  constructor(port: DocumentPort, { limits, introduction }: Terms, crdt: Crdt) {
    this.#port = port;
    this.#limits = limits;
    this.#crdt = crdt;
    this.#inflates = crdt === CrdtType.Loro && introduction.features.includes(DEFLATE);
  }

  /** Resolves when the batch is durable or refused; null if it was given up before its turn. */
  take(updates: Uint8Array[]): Promise<Outcome | null> {
    const round = this.#round;
    const size = updates.reduce((sum, one) => sum + this.#sizeOf(one), 0);
    this.waiting += size;
    const taken = this.#last.then(async () => {
      if (round !== this.#round) return null;
      const outcome = await this.#import(updates);
      if (round === this.#round) this.waiting -= size;
      return outcome;
    });
    this.#last = taken;
    return taken;
  }

  /** Gives up what has not begun: the peer sends it again at the next join. */
  clear(): void {
    this.#round += 1;
    this.waiting = 0;
  }

  /** Resolves when nothing is being taken in. */
  async settled(): Promise<void> {
    let last: Promise<unknown> | null = null;
    while (last !== this.#last) {
      last = this.#last;
      await last;
    }
  }

  async #import(updates: Uint8Array[]): Promise<Outcome> {
    const fresh: Uint8Array[] = [];
    const rest = updates.filter((one) => one.length > 0);
    try {
      for (; rest.length > 0; rest.shift()) {
        const changed = await this.#port.importUpdates(await this.#opened(rest[0]!));
        if (changed.length > 0) fresh.push(changed);
      }
    } catch (error) {
      return { fresh, error: known(error), rest };
    }
    return { fresh, error: null, rest };
  }

  /** An update as the port takes it, whose size was looked at before anything else. */
  async #opened(update: Uint8Array): Promise<Uint8Array> {
    this.#checkSize(this.#sizeOf(update));
    const opened = this.#isDeflated(update) ? await inflated(update) : update;
    if (this.#crdt === CrdtType.Loro && !isUpdates(opened)) {
      const message = "The bytes are not a Loro update; snapshots are not taken.";
      throw new PeerPlanError("protocol", message);
    }
    return opened;
  }

  #isDeflated(update: Uint8Array): boolean {
    return this.#inflates && isDeflated(update);
  }

  #sizeOf(update: Uint8Array): number {
    return this.#isDeflated(update) ? inflatedSize(update) : update.length;
  }

  #checkSize(size: number): void {
    const { presence, document, update } = this.#limits;
    if (!DOCUMENTS.has(this.#crdt)) {
      if (size > presence) throw tooLarge(`Presence of ${size} bytes; ${presence} are allowed.`);
      return;
    }
    if (size > update) throw tooLarge(`An update of ${size} bytes; ${update} are allowed.`);
    this.#received += size;
    const held = this.#port.size ? this.#port.size() + size : this.#received;
    if (held > document) {
      throw tooLarge(`The document would have ${held} bytes; ${document} are allowed.`);
    }
  }
}

function tooLarge(message: string): PeerPlanError {
  return new PeerPlanError("too_large", message);
}

/** Anything else is a bug: it is told to the page, and to the peer as a passing failure. */
function known(error: unknown): PeerPlanError {
  if (error instanceof PeerPlanError) return error;
  queueMicrotask(() => {
    throw error;
  });
  return new PeerPlanError("error", "The update could not be taken in.", { cause: error });
}
