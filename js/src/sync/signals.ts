import { base64 } from "@scure/base";
import { PeerPlanError } from "../model/errors";
import { is, type MemberRole, ULID } from "./grant";
import { utf8 } from "./keys";
import { MAX_SDP } from "./sdp";
import { seal, unseal } from "./sealing";

/** Characters of a sealed signal. */
const MAX_SIGNAL = 64_000;
const ROLES: readonly string[] = ["owner", "reviewer", "viewer"] satisfies MemberRole[];

/** What peers tell each other before they are linked; see `docs/mesh.md`. */
export type Signal = { from: string; to: string | null } & (
  | { type: "announce"; role: MemberRole }
  | { type: "leave" }
  | { type: "relay"; attempt: string }
  | { type: "offer" | "answer"; attempt: string; sdp: string }
  | { type: "candidate"; attempt: string; candidate: RTCIceCandidateInit | null }
);

/** The `data` of a `publish`: base64 of the sealed signal. */
export function sealedSignal(signal: Signal, room: string, key: Uint8Array): string {
  const { to, ...said } = signal;
  const wire = { v: 1, ...said, ...(to ? { to } : {}) };
  return base64.encode(seal(key, utf8(JSON.stringify(wire)), utf8(room)));
}

/** The signal in `data`; `protocol` for everything that no member of the room made. */
export function unsealedSignal(data: string, room: string, key: Uint8Array): Signal {
  if (data.length > MAX_SIGNAL) throw wrong("A signal is too long.");
  const wire = parsed(unseal(key, decoded(data), utf8(room)));
  const { type, from, to = null, attempt, sdp, candidate = null, role } = wire;
  if (wire.v !== 1 || !is(ULID, from) || !(to === null || is(ULID, to))) {
    throw wrong("A signal is of a kind that is not known here.");
  }
  if (type === "leave") return { type, from, to };
  if (type === "announce") return { type, from, to, role: roleOf(role) };
  if (!is(ULID, attempt)) throw wrong("A signal does not say which attempt it is about.");
  if (type === "relay") return { type, from, to, attempt };
  if (type === "candidate" && isCandidate(candidate)) return { type, from, to, attempt, candidate };
  const described = typeof sdp === "string" && sdp.length <= MAX_SDP;
  if ((type === "offer" || type === "answer") && described) return { type, from, to, attempt, sdp };
  throw wrong("A signal is of a kind that is not known here.");
}

/** A role as it is claimed: who claims another has none to claim. */
function roleOf(claimed: unknown): MemberRole {
  return ROLES.includes(claimed as string) ? (claimed as MemberRole) : "viewer";
}

function isCandidate(value: unknown): value is RTCIceCandidateInit | null {
  return value === null || (typeof value === "object" && !Array.isArray(value));
}

function decoded(data: string): Uint8Array {
  try {
    return base64.decode(data);
  } catch {
    throw wrong("What came is not base64.");
  }
}

function parsed(bytes: Uint8Array): Record<string, unknown> {
  try {
    const said: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof said === "object" && said !== null) return said as Record<string, unknown>;
  } catch {
    // It is refused below.
  }
  throw wrong("A signal is not a JSON object.");
}

function wrong(message: string): PeerPlanError {
  return new PeerPlanError("protocol", message);
}
