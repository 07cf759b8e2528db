import type { Person } from "../../src/sync/hello";
import { parseInvitation, roomSecret } from "../../src/sync/invitation";
import { keyPair, newKeyPair, publicKey, unb64u } from "../../src/sync/keys";
import type { MeshOptions } from "../../src/sync/mesh";
import { invited, owning, type Standing } from "../../src/sync/standing";
import { PLAN } from "./members";

/** What a test says of the peer that a page is to be. */
export interface Given extends MeshOptions {
  name: string;
  servers: string[];
  /** The fragment of an invitation; the owner has none, but a seed and the room's secrets. */
  fragment?: string;
  seed?: string;
  salt?: string;
  key?: string;
}

export function standing({ name, servers, fragment, seed, salt, key }: Given): Standing {
  const own = seed ? keyPair(unb64u(seed, 32)) : newKeyPair();
  const actor: Person = { id: own.did, name, kind: "human" };
  if (fragment) return invited(parseInvitation(`#${fragment}`, PLAN), actor, own);
  const secret = roomSecret(own.did, unb64u(salt!, 16), unb64u(key!, 32));
  publicKey(own.did);
  return owning(secret, PLAN, actor, own, { servers });
}
