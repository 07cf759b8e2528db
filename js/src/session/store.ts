import { applyChange, applyToPlan } from "../model/changes";
import { predict } from "../model/predict";
import type { Actor, ChangeSet, Connection, Live, Plan, SentOperation, View } from "../model/view";
import { type Failure, SessionError, type SessionState } from "./session";

interface Waiting {
  operation: SentOperation;
  /** The `seq` that carries its effect, once accepted. */
  accepted: number | null;
}

/**
 * The host's view, with operations on top that it has not yet confirmed, and what others are about
 * to do. Predictions are made anew on every change, and each ends when the host's own change arrives.
 */
export class ViewStore {
  #base: View | null = null;
  #waiting: Waiting[] = [];
  #intended: { operation: SentOperation; actor: Actor }[] = [];
  #failures: Failure[] = [];
  #error: SessionError | null = null;
  #phase: SessionState["phase"] = "opening";
  #down: Partial<Connection> | null = null;
  #state: SessionState;
  #listeners = new Set<() => void>();

  constructor() {
    this.#state = this.#made();
  }

  getState(): SessionState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Operations without an answer, oldest first. */
  unanswered(): SentOperation[] {
    return this.#waiting.filter((one) => one.accepted === null).map((one) => one.operation);
  }

  load(view: View): void {
    this.#base = view;
    this.#phase = "ready";
    this.#error = null;
    this.#waiting = this.#waiting.filter((one) => one.accepted === null);
    this.#settle();
  }

  /** A view without its annotations, until it is there whole. */
  begin(view: View): void {
    if (!this.#base) this.#base = { ...view, beginning: true };
    this.#publish();
  }

  /** False if a change before this one was missed: the caller asks for the view. */
  change(change: ChangeSet): boolean {
    if (!this.#base || change.seq <= this.#base.seq) return true;
    if (change.seq !== this.#base.seq + 1) return false;
    this.#base = applyChange(this.#base, change);
    this.#settle();
    return true;
  }

  live(live: Live): void {
    if (!this.#base) return;
    this.#base = { ...this.#base, live };
    this.#publish();
  }

  /** What the connection is while the host cannot say it itself; null when it can again. */
  down(connection: Partial<Connection> | null): void {
    if (connection === null && this.#down === null) return;
    this.#down = connection;
    if (!this.#base) this.#error = connection && silent(connection.detail ?? "");
    this.#publish();
  }

  add(operation: SentOperation): void {
    this.#failures = this.#failures.filter((one) => one.operation.id !== operation.id);
    this.#waiting.push({ operation, accepted: null });
    this.#publish();
  }

  accepted(operationId: string, seq: number): void {
    for (const one of this.#waiting) if (one.operation.id === operationId) one.accepted = seq;
    this.#settle();
  }

  refused(operationId: string, error: SessionError): void {
    const found = this.#waiting.find((one) => one.operation.id === operationId);
    if (!found) return;
    this.#waiting = this.#waiting.filter((one) => one !== found);
    this.#failures = [...this.#failures, { operation: found.operation, error }];
    this.#publish();
  }

  /** Takes a failure away and returns its operation. */
  takeFailure(operationId: string): SentOperation | undefined {
    const found = this.#failures.find((one) => one.operation.id === operationId);
    this.#failures = this.#failures.filter((one) => one !== found);
    this.#publish();
    return found?.operation;
  }

  /** Shows what somebody else is about to do, until it is `abandoned`; nothing once it was done. */
  intended(operation: SentOperation, actor: Actor): void {
    this.#intended = [...this.#intended, { operation, actor }];
    this.#publish();
  }

  abandoned(operationId: string): void {
    const left = this.#intended.filter((one) => one.operation.id !== operationId);
    if (left.length === this.#intended.length) return;
    this.#intended = left;
    this.#publish();
  }

  closed(error: SessionError): void {
    this.#phase = "closed";
    this.#error = error;
    this.#publish();
  }

  #settle(): void {
    const seq = this.#base?.seq ?? -1;
    this.#waiting = this.#waiting.filter((one) => one.accepted === null || one.accepted > seq);
    this.#publish();
  }

  #publish(): void {
    this.#state = this.#made();
    for (const listener of [...this.#listeners]) listener();
  }

  #made(): SessionState {
    const open = this.unanswered();
    return {
      phase: this.#phase,
      view: this.#shown(open.length),
      pending: new Set(open.map((one) => one.id)),
      failures: this.#failures,
      error: this.#error,
    };
  }

  #shown(unsent: number): View | null {
    const base = this.#base;
    if (!base) return null;
    const plan = this.#predicted(base);
    if (!this.#down) return plan === base.plan ? base : { ...base, plan };
    const connection = { ...base.live.connection, ...this.#down, unsent };
    return { ...base, plan, live: { ...base.live, connection } };
  }

  #predicted({ plan, live }: View): Plan {
    const own = this.#waiting.map(({ operation }) => ({ operation, actor: live.me }));
    return [...this.#intended, ...own].reduce(
      (made, { operation, actor }) => applyToPlan(made, predict(made, operation, actor)),
      plan,
    );
  }
}

function silent(message: string): SessionError {
  return new SessionError({ code: "offline", message, hint: "" });
}
