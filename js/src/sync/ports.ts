import { type ErrorDetails, PeerPlanError } from "../model/errors";

/** The version vector of an empty document; the npm packages answer an empty string of bytes in its
 * place with a snapshot. */
export const NO_VERSION = new Uint8Array(1);

/** What a session keeps equal with another peer. */
export interface DocumentPort {
  /** The encoded Loro version vector; empty for what has no versions. */
  version(): Uint8Array;
  /**
   * What a peer of that version lacks and may have from this one, in updates mode; empty when
   * nothing. An empty version means everything. A `document` error for bytes that are not a version.
   */
  updatesSince(version: Uint8Array): Uint8Array;
  /**
   * Takes changes in; resolves, when they are durable, with what was new (empty if nothing was).
   * Rejects with a `PeerPlanError`; with a `BreachError` when the peer did what it may not, and an
   * `UnreadyError` for what depends on changes that are not here yet. Nothing is kept then.
   */
  importUpdates(blob: Uint8Array): Promise<Uint8Array>;
  /** Bytes of the document with its history; an estimate is enough. */
  size?(): number;
  /** As `updatesSince` where it depends on changes that are not sent: in parts that are each taken
   * in by themselves, in that order, as soon as what they depend on is there. */
  partsSince?(version: Uint8Array): Uint8Array[];
  /** What of a change the other peer is to hear, empty when nothing; without it all of it. */
  outgoing?(update: Uint8Array): Uint8Array;
}

/** A peer did what its role does not allow; its link is to end. */
export class BreachError extends PeerPlanError {
  constructor(message: string, details?: ErrorDetails) {
    super("forbidden", message, details);
  }
}

/** A change came before what it depends on; its sender tries again. */
export class UnreadyError extends PeerPlanError {
  constructor(message = "The change depends on others that are not here yet.") {
    super("document", message);
  }
}

const UPDATES_MODE = [0x00, 0x04];

/** Whether the bytes are in Loro's updates mode; looks at the header only, so that snapshots of
 * unknown size are never opened. */
export function isUpdates(blob: Uint8Array): boolean {
  const magic = String.fromCharCode(...blob.subarray(0, 4));
  return magic === "loro" && blob[20] === UPDATES_MODE[0] && blob[21] === UPDATES_MODE[1];
}
