import type { Permission, UpdateStatusCode } from "./frames";
import type { Introduction } from "./introduction";

/** The side that offered the link asks to join; the other answers. */
export type Role = "requester" | "receiver";

export type State = "idle" | "joining" | "joined" | "closed";

/** The two peers are in the room together; what each lacked is on its way. */
export interface Joined {
  kind: "joined";
  /** What this side may do at the other. */
  permission: Permission;
  remote: Introduction;
}

/** The other peer changed the document. */
export interface Imported {
  kind: "imported";
  /** What was new, in the order in which it came. */
  updates: Uint8Array[];
}

/** The other peer did not take changes, and they are not sent again before a new join. */
export interface Refused {
  kind: "refused";
  status: UpdateStatusCode;
  changes: number;
}

/** The other peer has acknowledged everything that was sent. */
export interface Settled {
  kind: "settled";
}

/** The session is over. */
export interface Closed {
  kind: "closed";
  reason: string;
  cause: Cause;
}

/**
 * Why it is over: somebody left, the other peer does not want this one (trying again is of no
 * use), it broke the protocol, or it overstepped what its role allows. Its link ends with the last
 * two.
 */
export type Cause = "left" | "refused" | "broken" | "overstepped";

export type SessionEvent = Joined | Imported | Refused | Settled | Closed;
