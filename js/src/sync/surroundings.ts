import type { PeerPlanError } from "../model/errors";
import type { PairLink } from "./channel";
import type { DirectAttempt, Negotiation } from "./direct_attempt";
import type { Member } from "./handshake";
import type { Meeting } from "./meeting";
import type { Pair } from "./pair";
import type { RelayLink } from "./relay_link";

export type Spoken =
  | { type: "relay"; attempt: string }
  | (Negotiation & { attempt: string })
  | { type: "announce" };

/** What a pair asks of the mesh that it is in. */
export interface Surroundings {
  readonly me: string;
  say(meeting: Meeting, to: string, said: Spoken): void;
  /** A new try at a direct connection; null where none can be made. */
  attempt(offers: boolean, say: (said: Negotiation) => void): DirectAttempt | null;
  relay(meeting: Meeting, other: string, attempt: string): RelayLink;
  /** The handshake; rejects with `forbidden` when the other peer may not be here. */
  greet(link: PairLink, other: string): Promise<Member>;
  /** Keeps the plan equal over the link for as long as it lasts. */
  carry(pair: Pair, link: PairLink, member: Member): Promise<void>;
  /** The other peer may not be here, or does not let this one in. */
  refused(error: PeerPlanError): void;
  changed(): void;
}
