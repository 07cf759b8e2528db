import { canonical, joined, type KeyPair, sign, utf8, verified } from "./keys";

export type MemberRole = "owner" | "reviewer" | "viewer";

interface Granted {
  /** Unix seconds; 0 for never. */
  readonly expires: number;
  /** `did:key` of the invitation. */
  readonly invitation: string;
  readonly owner: string;
  readonly plan: string;
  readonly role: MemberRole;
  readonly room: string;
  readonly salt: string;
}

/** What the owner signed: a role in a room, for who holds an invitation's seed. */
export interface Grant extends Granted {
  readonly sig: string;
}

export const DID = /^did:key:z6Mk[1-9A-HJ-NP-Za-km-z]{44}$/;
export const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const FORMS: Record<string, RegExp> = {
  invitation: DID,
  owner: DID,
  plan: /^(?:[0-7][0-9A-HJKMNP-TV-Z]{25}|[a-z0-9][a-z0-9-]{1,62})$/,
  role: /^(?:owner|reviewer|viewer)$/,
  room: /^[A-Za-z0-9_-]{22}$/,
  salt: /^[A-Za-z0-9_-]{22}$/,
  sig: /^[A-Za-z0-9_-]{86}$/,
};

export function signGrant(owner: KeyPair, granted: Granted): Grant {
  return { ...granted, sig: sign(owner, signed(granted)) };
}

/** Whether its owner signed it. */
export function grantHolds({ sig, ...granted }: Grant): boolean {
  return verified(granted.owner, sig, signed(granted));
}

export function isExpired(grant: Grant, now: number): boolean {
  return grant.expires > 0 && now >= grant.expires;
}

/** Whether a value has the fields of a grant, in their form, and no others. */
export function isGrant(value: unknown): value is Grant {
  if (!isRecord(value, ["expires", ...Object.keys(FORMS)])) return false;
  return isEnd(value.expires) && Object.entries(FORMS).every(([key, form]) => is(form, value[key]));
}

/** Whether a value is an object with these fields, all of them and no others. */
export function isRecord(value: unknown, fields: string[]): value is Record<string, unknown> {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return false;
  return Object.keys(value).sort().join() === [...fields].sort().join();
}

export function is(form: RegExp, value: unknown): value is string {
  return typeof value === "string" && form.test(value);
}

function isEnd(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function signed(granted: Granted): Uint8Array {
  return joined(utf8("peerplan grant v1\0"), canonical(granted));
}
