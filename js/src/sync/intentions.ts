import type { PlanDocument } from "../document/document";
import { type OperationOf, parseOperation } from "../document/operations";
import { PeerPlanError } from "../model/errors";
import type { SentOperation } from "../model/view";
import { isWithin } from "./channel";
import type { Member } from "./handshake";
import { type Clock, monotonic, TokenBucket } from "./limits";
import { nextFrame } from "./next_frame";
import { BreachError } from "./ports";

/** What who takes note of intentions says that it can. */
export const INTENTIONS = "intentions";

/** Bytes of a message; of a longer operation nothing is told ahead. */
const MAX_TEXT = 8000;
/** Messages of one link in a second, and at once; a sender keeps to a quarter of it. */
const [RATE, BURST] = [40, 200];
/** Intentions of one link that are shown at a time. */
const MOST = 16;
/** Milliseconds that an intention is shown without its change. */
const PATIENCE = 5000;

/** A new annotation or reply that a member is about to write, in that member's name. */
export type Intention = OperationOf<"annotate" | "reply">;

export interface IntentionEvents {
  /** It is to be shown until its change is in the document, or it is `abandoned`. */
  intended(intention: Intention): void;
  /** The operation of that id is not to be shown any more as what somebody is about to do. */
  abandoned(operationId: string): void;
}

interface Open {
  intention: Intention;
  hearing: Hearing;
  timer: ReturnType<typeof setTimeout>;
  decided: Promise<void>;
  decide: () => void;
}

/**
 * What members are about to write into a plan: shown before their changes come, and kept nowhere.
 * A change goes through everything that it goes through without; what stands in the document stays
 * as it is, whatever anybody intends.
 */
export class Intentions {
  /** Resolves when a frame with what was told last was made; null when none is awaited. */
  drawn: Promise<void> | null = null;
  readonly #document: PlanDocument;
  readonly #events: IntentionEvents;
  readonly #open = new Map<string, Open>();

  constructor(document: PlanDocument, events: IntentionEvents) {
    this.#document = document;
    this.#events = events;
  }

  /** Hears what one member says over one link. */
  hearing(member: Member, clock: Clock = monotonic): Hearing {
    return new Hearing(this, member, clock);
  }

  /** Resolves when it is known what came of the intention to write this; null if there is none. */
  decided(annotationId: string): Promise<void> | null {
    return this.#open.get(annotationId)?.decided ?? null;
  }

  /** Takes note that changes came. */
  settle(): void {
    for (const { intention } of [...this.#open.values()])
      if (this.#author(intention) !== undefined) this.#end(intention.id);
  }

  /** A member's change was refused, or its link ended: what it intends will not be. */
  drop(member: Member): void {
    for (const { intention, hearing } of [...this.#open.values()])
      if (hearing.member === member) this.#end(intention.id);
  }

  /** Shows an intention, if there is nothing of it yet; throws a `BreachError` if it is another's. */
  add(intention: Intention, hearing: Hearing): void {
    const author = this.#author(intention);
    if (author !== undefined && author !== hearing.member.identity.id)
      throw new BreachError("A member intends to write what somebody else wrote.");
    const { id } = intention;
    if (author !== undefined || this.#open.has(id) || !this.#has(intention)) return;
    if ([...this.#open.values()].filter((one) => one.hearing === hearing).length >= MOST) return;
    this.#events.intended(intention);
    this.#open.set(id, this.#opened(intention, hearing));
    this.#awaitFrame();
  }

  /** Takes back what was heard so. */
  abandon(operationId: unknown, hearing: Hearing): void {
    const id = String(operationId);
    if (this.#open.get(id)?.hearing === hearing) this.#end(id);
  }

  #opened(intention: Intention, hearing: Hearing): Open {
    let decide = () => {};
    const decided = new Promise<void>((resolve) => {
      decide = resolve;
    });
    const timer = setTimeout(() => this.#end(intention.id), PATIENCE);
    return { intention, hearing, timer, decided, decide };
  }

  /** Called when the page has asked for its own frame: what waits comes after what that does. */
  #awaitFrame(): void {
    const drawn = nextFrame().then(() => {
      if (this.drawn === drawn) this.drawn = null;
    });
    this.drawn = drawn;
  }

  #end(id: string): void {
    const open = this.#open.get(id);
    if (!open) return;
    this.#open.delete(id);
    clearTimeout(open.timer);
    this.#events.abandoned(id);
    open.decide();
  }

  /** Whether what it is about is here. */
  #has(intention: Intention): boolean {
    if (intention.op === "annotate") return true;
    const found = this.#document.findAnnotation(intention.annotationId);
    return found !== undefined && !found.withdrawn;
  }

  /** Who wrote what has the place of an intention; undefined if nothing has. */
  #author(intention: Intention): unknown {
    if (intention.op === "annotate") {
      const record = this.#document.raw.record("annotations", intention.id);
      return record && (record.author ?? null);
    }
    const found = this.#document.findAnnotation(intention.annotationId);
    return found?.replies.find(({ id }) => id === intention.id)?.author;
  }
}

/** What one member says over one link of what it is about to write. */
export class Hearing {
  readonly member: Member;
  readonly #intentions: Intentions;
  readonly #bucket: TokenBucket;

  constructor(intentions: Intentions, member: Member, clock: Clock) {
    this.#intentions = intentions;
    this.member = member;
    this.#bucket = new TokenBucket(RATE, BURST, clock);
  }

  /**
   * Takes a text. Throws a `BreachError` for what the member may not do, and other
   * `PeerPlanError`s for what is no intention.
   */
  hear(text: string): void {
    if (!this.#bucket.take()) throw broken("Too many intentions came.");
    const said = parsed(text);
    if (said.type === "intend") this.#intentions.add(judged(said.operation, this.member), this);
    else if (said.type === "abandon") this.#intentions.abandon(said.id, this);
    else throw broken("A text came that is not known.");
  }

  /** The link is over. */
  end(): void {
    this.#intentions.drop(this.member);
  }
}

/** What a page tells others ahead of its own changes, and how fast. */
export class Foretelling {
  readonly #pace = new TokenBucket(RATE / 4, BURST / 4, monotonic);

  /** The text by which an operation is told ahead; null for one that is not, or not now. */
  intend(operation: SentOperation): string | null {
    if (!isTold(operation)) return null;
    const text = JSON.stringify({ type: "intend", operation });
    return isWithin(text, MAX_TEXT) && this.#pace.take() ? text : null;
  }

  /** The text by which it is taken back. */
  abandon({ id }: SentOperation): string {
    return JSON.stringify({ type: "abandon", id });
  }
}

/** Only what makes something new under the operation's own id. */
function isTold(operation: { op: string; annotationId?: string | undefined }): boolean {
  const { op, annotationId } = operation;
  return op === "reply" || (op === "annotate" && annotationId === undefined);
}

/** An operation in the name of who is at the other end, whoever it says that it is of. */
function judged(raw: unknown, { identity, role }: Member): Intention {
  if (role === "viewer")
    throw new BreachError("A viewer may only read.", { hint: "Ask for another invitation." });
  const { id, name, kind } = identity;
  const operation = parseOperation(raw, { id, name, kind });
  if (!isTold(operation as Intention))
    throw broken("Only new annotations and replies are told ahead.");
  return operation as Intention;
}

function parsed(text: string): Record<string, unknown> {
  if (!isWithin(text, MAX_TEXT)) throw broken(`A text of more than ${MAX_TEXT} bytes came.`);
  try {
    const said: unknown = JSON.parse(text);
    if (typeof said === "object" && said !== null) return said as Record<string, unknown>;
  } catch {
    // As what is JSON and no object.
  }
  throw broken("A text came that is no JSON object.");
}

function broken(message: string): PeerPlanError {
  return new PeerPlanError("protocol", message);
}
