import type { Draft, MemberRole, SentOperation, View, WireError } from "../model/view";

/** A refusal, or the lack of an answer, that a person can read. */
export class SessionError extends Error {
  readonly code: string;
  readonly hint: string;

  constructor({ code, message, hint }: WireError) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

/** The bytes of an artifact, reachable under a URL that this page may load. */
export interface ArtifactContent {
  url: string;
  mediaType: string;
}

/** An operation that the host refused; it stays until it is tried again or discarded. */
export interface Failure {
  operation: SentOperation;
  error: SessionError;
}

/** What the interface draws. A new object for every change; unchanged parts keep their identity. */
export interface SessionState {
  phase: "opening" | "ready" | "closed";
  /** With what is not yet accepted already in it; null until the host has answered. */
  view: View | null;
  /** Ids of operations that are shown and not yet accepted. */
  pending: ReadonlySet<string>;
  failures: readonly Failure[];
  /** Why there is no view, or why it is no longer kept up. */
  error: SessionError | null;
}

/** A link by which somebody comes into the plan's room. */
export interface Invitation {
  id: string;
  role: MemberRole;
  state: "open" | "expired" | "revoked";
  /** Unix seconds; 0 for never. */
  expires: number;
  /** When it was given, in Unix seconds. */
  at: number;
  /** For whom it is. */
  note: string;
  /** The whole link. */
  url: string;
}

export interface WantedInvitation {
  role: MemberRole;
  /** For how long it holds; null until it is revoked. */
  seconds: number | null;
  note: string;
}

/** Giving links away and taking them back. Everything rejects with a `SessionError`. */
export interface Sharing {
  /** What was given away, the last first. */
  invitations(): Promise<Invitation[]>;
  invite(wanted: WantedInvitation): Promise<Invitation>;
  revoke(id: string): Promise<void>;
}

/** The interface between what is on screen and where the plan is kept. */
export interface Session {
  getState(): SessionState;
  /** For `useSyncExternalStore`; returns how to stop. */
  subscribe(listener: () => void): () => void;
  /**
   * Shows the operation at once and sends it; returns its id. It goes through even if the
   * connection is down now. A refusal appears under `failures`.
   */
  submit(draft: Draft): string;
  retry(operationId: string): void;
  discard(operationId: string): void;
  /** Rejects with a `SessionError`. */
  artifact(id: string): Promise<ArtifactContent>;
  /** Rejects with a `SessionError`. */
  publish(): Promise<void>;
  /** Absent where nobody can be invited from. */
  readonly sharing?: Sharing;
  presence(focus: string | null): void;
  seen(items: string[]): void;
  close(): void;
}
