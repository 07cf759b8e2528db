import { PeerPlanError } from "../model/errors";
import { Early } from "./early";
import { Reassembly } from "./fragments";
import {
  type Crdt,
  type DocUpdateFragment,
  type DocUpdateFragmentHeader,
  type HexString,
  MessageType,
  type Permission,
  UpdateStatusCode,
} from "./frames";
import { Intake, type Outcome } from "./intake";
import type { Terms } from "./introduction";
import { BreachError, type DocumentPort, UnreadyError } from "./ports";
import { statusOf } from "./statuses";

/** The frames that bring changes. */
export type Bringing =
  | { type: typeof MessageType.DocUpdate; batchId: HexString; updates: Uint8Array[] }
  | DocUpdateFragmentHeader
  | DocUpdateFragment;

export interface ReceptionEvents {
  /** What became of a batch, for the peer. */
  ack(batch: HexString, status: UpdateStatusCode): void;
  imported(updates: Uint8Array[]): void;
  /** The peer broke a rule and is to go. */
  breach(reason: string, cause: "broken" | "overstepped"): void;
}

/** What one peer may bring, and what comes of it: whole and in fragments, durable or refused. */
export class Reception {
  /** What the peer may do here; null while it is not in the room. */
  granted: Permission | null = null;
  readonly #terms: Terms;
  readonly #events: ReceptionEvents;
  readonly #intake: Intake;
  readonly #port: DocumentPort;
  readonly #early: Early;
  /** Whether what came too early is being tried. */
  #trying = false;
  #reassembly: Reassembly;
  #invalid = 0;
  /** Which link it is: an update that came over another is not acknowledged over this. */
  #round = 0;

  constructor(port: DocumentPort, terms: Terms, crdt: Crdt, events: ReceptionEvents) {
    this.#port = port;
    this.#early = new Early(terms.clock);
    this.#terms = terms;
    this.#events = events;
    this.#intake = new Intake(port, terms, crdt);
    this.#reassembly = new Reassembly(terms.limits);
  }

  /** Forgets what came in part, which the peer sends again; what came whole is still taken in. */
  reset(): void {
    this.granted = null;
    this.#invalid = 0;
    this.#round += 1;
    this.#reassembly = new Reassembly(this.#terms.limits);
    this.#early.clear();
  }

  /** Takes in nothing more of what came. */
  giveUp(): void {
    this.#intake.clear();
  }

  receive(frame: Bringing): void {
    const { batchId } = frame;
    const part = frame.type === MessageType.DocUpdateFragment;
    if (part && this.#reassembly.dropped(batchId)) return;
    try {
      this.#take(frame);
    } catch (error) {
      if (!(error instanceof PeerPlanError)) throw error;
      this.#reassembly.drop(batchId);
      this.#refuse(batchId, error);
    }
  }

  /** Tells of the batches that took too long, and looks for those that came too early. */
  tick(): void {
    for (const batch of this.#reassembly.expire(this.#terms.clock())) {
      this.#events.ack(batch, UpdateStatusCode.FragmentTimeout);
    }
    this.again();
  }

  /** Takes in what came before what it depends on, as far as that came since. */
  again(): void {
    const due = this.#trying ? null : this.#early.due(() => this.#port.version());
    if (!due) return;
    this.#trying = true;
    this.#import(due[0], due[1], true);
  }

  settled(): Promise<void> {
    return this.#intake.settled();
  }

  #take(frame: Bringing): void {
    this.#permit();
    if (frame.type === MessageType.DocUpdate) this.#import(frame.batchId, frame.updates);
    else if (frame.type === MessageType.DocUpdateFragmentHeader) {
      this.#reassembly.begin(frame, this.#terms.clock());
    } else {
      const update = this.#reassembly.add(frame, this.#terms.clock());
      if (update) this.#import(frame.batchId, [update]);
    }
  }

  #permit(): void {
    if (this.granted === null) {
      throw new PeerPlanError("forbidden", "The peer has not joined the room.");
    }
    if (this.granted !== "write") throw new BreachError("The peer may only read.");
  }

  #import(batch: HexString, updates: Uint8Array[], again = false): void {
    const { reassembly } = this.#terms.limits;
    if (!again && this.#intake.waiting + this.#reassembly.announced > reassembly) {
      throw new PeerPlanError("too_large", `More than ${reassembly} bytes wait to be taken in.`);
    }
    const round = this.#round;
    void this.#intake.take(updates).then((outcome) => this.#taken(batch, outcome, round, again));
  }

  #taken(batch: HexString, outcome: Outcome | null, round: number, again: boolean): void {
    if (again) this.#trying = false;
    if (!outcome) return;
    const early = outcome.error instanceof UnreadyError;
    if (!early) this.#early.drop(batch);
    else if (round === this.#round) this.#early.keep(batch, outcome.rest, this.#port.version());
    if (outcome.fresh.length > 0) this.#events.imported(outcome.fresh);
    if (round !== this.#round || (again && early && this.#early.has(batch))) return;
    if (outcome.error) this.#refuse(batch, outcome.error);
    else this.#events.ack(batch, UpdateStatusCode.Ok);
    if (again) this.again();
  }

  #refuse(batch: HexString, error: PeerPlanError): void {
    const status = statusOf(error);
    this.#invalid += status === UpdateStatusCode.InvalidUpdate ? 1 : 0;
    this.#events.ack(batch, status);
    const overstepped = error instanceof BreachError;
    const worst = overstepped || error.code === "too_large";
    if (worst || this.#invalid >= this.#terms.limits.invalidUpdates) {
      this.#events.breach(error.message, overstepped ? "overstepped" : "broken");
    }
  }
}
