/** The codes of `peerplan_jupyter/errors.py`, the same over every way. */
export type ErrorCode =
  | "error"
  | "invalid_input"
  | "not_found"
  | "stale"
  | "forbidden"
  | "too_large"
  | "unsupported_schema"
  | "document"
  | "document_panic"
  | "protocol"
  | "integrity"
  | "unreachable"
  | "storage";

export interface ErrorDetails {
  /** What to do next. */
  hint?: string;
  /** The facts that a program needs. */
  data?: Record<string, unknown>;
  cause?: unknown;
}

/** Something that a person can mend; `message` names what came and what was expected. */
export class PeerPlanError extends Error {
  override readonly name = "PeerPlanError";
  readonly code: ErrorCode;
  readonly hint: string;
  readonly data: Record<string, unknown>;

  constructor(
    code: ErrorCode,
    message: string,
    { hint = "", data = {}, cause }: ErrorDetails = {},
  ) {
    super(message, { cause });
    this.code = code;
    this.hint = hint;
    this.data = data;
  }
}
