import { type Crdt, CrdtType } from "./frames";
import type { Member } from "./handshake";
import type { DocumentPort } from "./ports";
import type { Presence } from "./presence";
import type { Replica } from "./replica";

/** Bytes of a version vector that fit into one message of a link. A longer one is left out, and the
 * other peer sends everything. */
const MAX_VERSION = 12_000;
const NOTHING = new Uint8Array();

/**
 * What a link to one member keeps equal. What comes is held to the member's role; with `all`, as
 * owners do, everything is sent, and without only what this page's person wrote.
 */
export function memberPort(
  crdt: Crdt,
  { replica, presence, member, all }: MemberPortOptions,
): DocumentPort | null {
  if (crdt === CrdtType.Loro) return documentPort(replica, member, all);
  if (crdt === CrdtType.LoroEphemeralStore) return presencePort(presence, member, all);
  return null;
}

export interface MemberPortOptions {
  replica: Replica;
  presence: Presence;
  member: Member;
  all: boolean;
}

function documentPort(replica: Replica, member: Member, all: boolean): DocumentPort {
  return {
    version() {
      const version = replica.version();
      return version.length <= MAX_VERSION ? version : NOTHING;
    },
    updatesSince: (version) => (all ? replica.updatesSince(version) : replica.ownSince(version)),
    ...(all ? {} : { partsSince: (version: Uint8Array) => replica.ownPartsSince(version) }),
    importUpdates: (blob) => replica.take(blob, member),
    size: () => replica.size(),
  };
}

function presencePort(presence: Presence, member: Member, all: boolean): DocumentPort {
  return {
    version: () => NOTHING,
    updatesSince: () => (all ? presence.encodeAll() : presence.encodeOwn()),
    async importUpdates(blob) {
      return presence.hear(blob, member.role === "owner" ? null : member.peer) ? blob : NOTHING;
    },
  };
}
