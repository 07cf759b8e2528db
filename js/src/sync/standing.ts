import type { MemberRole } from "./grant";
import type { Ticket } from "./handshake";
import type { Person } from "./hello";
import type { Invitation, RoomSecret } from "./invitation";
import type { KeyPair } from "./keys";

/** What this peer is in the room of one plan: the owner, or who an invitation makes it. */
export interface Standing {
  ticket: Ticket;
  /** Room servers in the order to try. */
  servers: readonly string[];
  iceServers: readonly RTCIceServer[];
}

/** The standing that an invitation gives; it is met where that says. */
export function invited(invitation: Invitation, actor: Person, key: KeyPair): Standing {
  const { secret, grant, servers, ice } = invitation;
  const ticket = { secret, plan: grant.plan, actor, key, invitation };
  return { ticket, servers, iceServers: ice as readonly RTCIceServer[] };
}

/** The standing of the room's owner. */
export function owning(
  secret: RoomSecret,
  plan: string,
  actor: Person,
  key: KeyPair,
  where: Partial<Pick<Standing, "servers" | "iceServers">> = {},
): Standing {
  const ticket = { secret, plan, actor, key, invitation: null };
  return { ticket, servers: [], iceServers: [], ...where };
}

export function roleOf({ ticket }: Standing): MemberRole {
  return ticket.invitation?.grant.role ?? "owner";
}
