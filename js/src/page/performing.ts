import type { ParsedOperation } from "../document/operations";
import { PeerPlanError } from "../model/errors";
import type { SentOperation } from "../model/view";
import type { LocalCopy } from "./local_copy";

/** Milliseconds that what others are told ahead has until it is written: most of them draw it then. */
const DRAWING = 8;
const LEAVING = ["pagehide", "visibilitychange"];

/** What became of an operation. */
export interface Outcome {
  /** It is durable; its change had this `seq`. */
  kept(seq: number): void;
  refused(error: PeerPlanError): void;
}

/**
 * Carries out this page's operations in their order. What others are told ahead is drawn on both
 * sides first: to write it takes long enough to hold up the frame here, and there where cores are
 * few. A page that is left or hidden writes at once what waits.
 */
export class Performing {
  readonly #copy: LocalCopy;
  readonly #intend: (operation: SentOperation) => (() => void) | null;
  #queue: (() => void)[] = [];

  /** `intend` tells others, and returns how to take that back; null if nobody was told. */
  constructor(
    copy: LocalCopy,
    intend: (operation: SentOperation) => (() => void) | null = () => null,
  ) {
    this.#copy = copy;
    this.#intend = intend;
    for (const name of LEAVING) globalThis.addEventListener?.(name, this.flush);
  }

  /** Operations that wait to be drawn. */
  get waits(): number {
    return this.#queue.length;
  }

  perform(parsed: ParsedOperation, operation: SentOperation, outcome: Outcome): void {
    const abandon = this.#intend(operation);
    if (!abandon && this.#queue.length === 0) {
      this.#apply(parsed, operation, outcome);
      return;
    }
    this.#queue.push(() => this.#apply(parsed, operation, outcome, abandon));
    if (globalThis.document?.visibilityState === "hidden") this.flush();
    else if (abandon) setTimeout(this.flush, DRAWING);
  }

  /** Carries out at once what waits. */
  flush = (): void => {
    const next = this.#queue.shift();
    if (!next) return;
    try {
      next();
    } finally {
      this.flush();
    }
  };

  close(): void {
    this.flush();
    for (const name of LEAVING) globalThis.removeEventListener?.(name, this.flush);
  }

  #apply(
    parsed: ParsedOperation,
    operation: SentOperation,
    { kept, refused }: Outcome,
    abandon: (() => void) | null = null,
  ): void {
    try {
      const durable = this.#copy.apply(parsed, operation);
      const { seq } = this.#copy.document;
      void durable.then(() => kept(seq));
    } catch (error) {
      abandon?.();
      if (!(error instanceof PeerPlanError)) throw error;
      refused(error);
    }
  }
}
