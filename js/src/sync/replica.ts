import type { Member } from "./handshake";
import type { Hearing } from "./intentions";

/** The plan of this page, as the mesh needs it. */
export interface Replica {
  /** The plan's id, which names its rooms. */
  readonly plan: string;
  /** The encoded Loro version vector. */
  version(): Uint8Array;
  /** What a peer of that version lacks, in updates mode; everything for an empty one. A `document`
   * error for bytes that are not a version. */
  updatesSince(version: Uint8Array): Uint8Array;
  /** Does beforehand what takes long about `updatesSince` of an empty version. */
  prepare?(): void;
  /** As `updatesSince`, but only what this page's person wrote, on this page or an earlier one. */
  ownSince(version: Uint8Array): Uint8Array;
  /** The same in the order in which it was written, parted before each change that goes on from
   * others that a peer of that version lacks: two who answered each other can so be heard in turns. */
  ownPartsSince(version: Uint8Array): Uint8Array[];
  /**
   * Takes in what a member sent, if its role allows; resolves, when it is durable, with what was
   * new (empty if nothing was). Rejects with a `BreachError` for what the member may not do, an
   * `UnreadyError` for what depends on changes that are not here, and other `PeerPlanError`s.
   */
  take(update: Uint8Array, member: Member): Promise<Uint8Array>;
  /** Hears what a member is about to write, over a direct link; null where nobody is shown it. */
  hearing?(member: Member): Hearing | null;
  /** Whether an invitation (`did:key`) was taken back. */
  revoked(invitation: string): boolean;
  /** Whether a copy of this page writes into the plan, see `PlanDocument.doubled`. */
  readonly doubled?: boolean;
  /** Bytes of the document with its history; an estimate is enough. */
  size(): number;
  /** Tells each change that was made on this page, as an update; returns how to stop. */
  subscribe(listener: (update: Uint8Array) => void): () => void;
  /** The bytes of an artifact that the plan names, if they are here. */
  artifact(hash: string): Promise<Blob | null>;
}
