import { DID, type Grant, is, isGrant, isRecord, ULID } from "./grant";
import { canonical } from "./keys";

/** Who is there, as they say. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly kind: "human" | "agent";
}

/** The first message on a link, with these fields and no others. */
export interface Hello {
  readonly type: "hello";
  readonly v: 1;
  readonly peer: string;
  readonly nonce: string;
  readonly ephemeral: string;
  readonly identity: Person;
  readonly grant: Grant | null;
}

const FIELDS = ["type", "v", "peer", "nonce", "ephemeral", "identity", "grant"];
const MAX_NAME = 100;

export function isHello(value: unknown): value is Hello {
  if (!isRecord(value, FIELDS)) return false;
  const { peer, nonce, ephemeral, identity, grant } = value;
  const keys = is(/^[A-Za-z0-9_-]{22}$/, nonce) && is(/^[A-Za-z0-9_-]{43}$/, ephemeral);
  return is(ULID, peer) && keys && isPerson(identity) && (grant === null || isGrant(grant));
}

function isPerson(value: unknown): value is Person {
  if (!isRecord(value, ["id", "name", "kind"])) return false;
  const { id, name, kind } = value;
  return is(DID, id) && isName(name) && (kind === "human" || kind === "agent");
}

function isName(value: unknown): boolean {
  if (typeof value !== "string" || value === "" || [...value].length > MAX_NAME) return false;
  try {
    return canonical(value).length > 0;
  } catch {
    return false;
  }
}
