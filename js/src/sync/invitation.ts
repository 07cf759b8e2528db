import { PeerPlanError } from "../model/errors";
import { encoded, fieldsOf } from "./fragment";
import { type Grant, grantHolds, isExpired, isGrant, type MemberRole, signGrant } from "./grant";
import {
  b64u,
  canonical,
  KEY_SIZE,
  type KeyPair,
  keyPair,
  publicKey,
  random,
  roomId,
  SALT_SIZE,
  unb64u,
} from "./keys";
import { checkedIce, checkedServers, type IceServer } from "./servers";

const VERSION = "1";
const MAX_FRAGMENT = 3000;
const MAX_LINK = 8000;
const WANTED = ["room", "key", "owner", "salt", "role", "expires", "seed", "sig"] as const;

/** In an error's `data.reason`. */
export type Reason = "wrong" | "truncated" | "unsupported" | "changed" | "other_plan" | "expired";

/** What the members of a room share. */
export interface RoomSecret {
  /** `did:key` */
  readonly owner: string;
  readonly salt: Uint8Array;
  readonly key: Uint8Array;
  /** The room's id. */
  readonly room: string;
}

/** A grant with the secrets to use it. Who has it can enter the room in the grant's role. */
export interface Invitation {
  readonly secret: RoomSecret;
  readonly grant: Grant;
  /** Proves that one holds it; its `did` is the id by which the invitation is revoked. */
  readonly key: KeyPair;
  /** Room servers in the order to try. */
  readonly servers: readonly string[];
  readonly ice: readonly IceServer[];
}

/** What the owner says of a new invitation. `expires` in Unix seconds, 0 for never. */
export interface Terms {
  plan: string;
  role: MemberRole;
  expires?: number;
  servers?: readonly string[];
  ice?: readonly IceServer[];
}

/** The secret of these; `invalid_input` if the owner is not the `did:key` of an Ed25519 key. */
export function roomSecret(owner: string, salt: Uint8Array, key: Uint8Array): RoomSecret {
  return { owner, salt, key, room: roomId(publicKey(owner), salt, key) };
}

export function newRoom(owner: string): RoomSecret {
  return roomSecret(owner, random(SALT_SIZE), random(KEY_SIZE));
}

/**
 * A new invitation into the owner's room. `forbidden` if the key is not the owner's;
 * `invalid_input` for servers that a link cannot name or has no room for.
 */
export function issue(owner: KeyPair, secret: RoomSecret, terms: Terms, seed?: Uint8Array) {
  if (owner.did !== secret.owner)
    throw new PeerPlanError("forbidden", "Only the owner of a room can invite into it.");
  const key = keyPair(seed ?? random(KEY_SIZE));
  const { plan, role, expires = 0 } = terms;
  const named = { owner: owner.did, room: secret.room, salt: b64u(secret.salt) };
  const grant = signGrant(owner, { expires, invitation: key.did, plan, role, ...named });
  if (!isGrant(grant)) throw wrong("This cannot be granted.");
  const servers = checkedServers(terms.servers ?? []);
  const made: Invitation = { secret, grant, key, servers, ice: checkedIce(terms.ice ?? []) };
  if (fragmentOf(made).length > MAX_FRAGMENT)
    throw wrong(`The link would be longer than ${MAX_FRAGMENT} characters; name fewer servers.`);
  return made;
}

/** The fragment of the plan's URL. The signature is last, so that a cut link tells. */
export function fragmentOf({ secret, grant, key, servers, ice }: Invitation): string {
  const pairs = [
    ["v", VERSION],
    ["room", grant.room],
    ["key", b64u(secret.key)],
    ["owner", grant.owner],
    ["salt", grant.salt],
    ["role", grant.role],
    ["expires", String(grant.expires)],
    ["seed", b64u(key.seed)],
    ...servers.map((one) => ["server", one]),
    ...ice.map((one) => ["ice", new TextDecoder().decode(canonical(one))]),
    ["sig", grant.sig],
  ];
  return pairs.map(([name, value]) => `${name}=${encoded(value ?? "")}`).join("&");
}

/**
 * The invitation in a plan's URL, or in its fragment alone if `plan` says which plan.
 *
 * `invalid_input` for what is not one, was cut or changed or is for another plan, and `forbidden`
 * after its time; `data.reason` says which. Only the server and ice fields may be changed
 * unnoticed, for the owner does not sign them.
 */
export function parseInvitation(link: string, plan = "", now = Date.now() / 1000): Invitation {
  const text = link.trim();
  if (text.length > MAX_LINK)
    throw wrong(`A link of ${text.length} characters; at most ${MAX_LINK} are read.`);
  const at = text.lastIndexOf("#");
  const fields = fieldsOf(text.slice(at + 1), MAX_FRAGMENT);
  checkVersion(fields);
  const made = invitation(fields, planOf(text.slice(0, Math.max(at, 0)), plan));
  if (isExpired(made.grant, now))
    throw new PeerPlanError("forbidden", "This invitation has expired.", {
      hint: "Ask for a new one.",
      data: { reason: "expired" satisfies Reason },
    });
  return made;
}

function checkVersion(fields: Map<string, string[]>): void {
  const version = fields.get("v")?.[0];
  if (!version) throw wrong("This is not an invitation.");
  if (version !== VERSION)
    throw wrong(
      `The invitation has the version ${version.slice(0, 20)}; this page reads ${VERSION}.`,
      "unsupported",
      "Open the newest page of the plan.",
    );
  const lacking = WANTED.filter((name) => !fields.has(name));
  if (lacking.length) throw wrong(`The link was cut: it lacks ${lacking.join(", ")}.`, "truncated");
}

/** The plan that the URL names, which must be the expected one if both are there. */
function planOf(url: string, expected: string): string {
  const query = url.includes("?") ? url.slice(url.indexOf("?") + 1) : "";
  const named = new URLSearchParams(query).get("plan") ?? "";
  if (named && expected && named !== expected)
    throw wrong(
      `The invitation is for the plan ${named.slice(0, 80)}, not for ${expected}.`,
      "other_plan",
    );
  if (!named && !expected) throw wrong("The link does not say which plan it is for.");
  return named || expected;
}

function invitation(fields: Map<string, string[]>, plan: string): Invitation {
  const one = (name: (typeof WANTED)[number]) => fields.get(name)?.[0] ?? "";
  const secret = secretOf(one);
  const key = keyPair(checked(() => unb64u(one("seed"), KEY_SIZE)));
  if (secret.room !== one("room"))
    throw wrong("The invitation was changed: room, key, owner and salt differ.", "changed");
  const expires = /^[0-9]{1,16}$/.test(one("expires")) ? Number(one("expires")) : -1;
  const named = { owner: one("owner"), room: one("room"), salt: one("salt"), sig: one("sig") };
  const grant = { expires, invitation: key.did, plan, role: one("role"), ...named };
  if (!isGrant(grant))
    throw wrong("The invitation is not valid.", /^.{86}$/.test(grant.sig) ? "wrong" : "truncated");
  if (!grantHolds(grant))
    throw wrong(`The invitation was changed, or is not for the plan ${plan}.`, "changed");
  const servers = checkedServers(fields.get("server") ?? []);
  return { secret, grant, key, servers, ice: checkedIce((fields.get("ice") ?? []).map(parsed)) };
}

function secretOf(one: (name: "owner" | "salt" | "key") => string): RoomSecret {
  const size = { salt: SALT_SIZE, key: KEY_SIZE };
  return checked(() =>
    roomSecret(one("owner"), unb64u(one("salt"), size.salt), unb64u(one("key"), size.key)),
  );
}

function checked<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw wrong(`The invitation was changed: ${(error as Error).message}`, "changed");
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw wrong("The invitation's ice field is not JSON.");
  }
}

function wrong(message: string, reason: Reason = "wrong", hint = ""): PeerPlanError {
  const advice = "Copy the whole link again, or ask for a new one.";
  return new PeerPlanError("invalid_input", message, { hint: hint || advice, data: { reason } });
}
