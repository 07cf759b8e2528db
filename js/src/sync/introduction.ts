import type { Crdt, Permission } from "./frames";
import { type Clock, LIMITS, type Limits, monotonic } from "./limits";

/**
 * The JSON in a JoinRequest's `auth` and a JoinResponseOk's `extra`. It proves nothing by itself:
 * between peers that shook hands it only says under which key presence is kept.
 */
export interface Introduction {
  identity: Record<string, unknown>;
  /** The key under which the peer keeps its presence. */
  peer: string;
  /** Whether the peer acknowledges what it receives as requester too. */
  acks: boolean;
  /** What it can do besides, in words; those that are not known mean nothing. */
  features: readonly string[];
}

export const STRANGER: Introduction = { identity: {}, peer: "", acks: false, features: [] };

/** Says what a peer may do in the room of that name and kind, or throws a `forbidden` error. */
export type Admit = (room: string, who: Introduction, crdt: Crdt) => Permission;

/** On what terms this peer meets others. */
export interface Terms {
  /** Asked on both sides, each about the other. */
  admit: Admit;
  introduction: Introduction;
  limits: Limits;
  clock: Clock;
}

/** Terms with what is usual where nothing is given. */
export function terms(given: Partial<Terms> & Pick<Terms, "admit">): Terms {
  const introduction = { ...STRANGER, acks: true };
  return { introduction, limits: LIMITS, clock: monotonic, ...given };
}

export function encodeIntroduction({ identity, peer, acks, features }: Introduction): Uint8Array {
  const said: Record<string, unknown> = { acks };
  if (Object.keys(identity).length > 0) said.identity = identity;
  if (peer) said.peer = peer;
  if (features.length > 0) said.features = features;
  return new TextEncoder().encode(JSON.stringify(said));
}

/** What the bytes say; those that are not such JSON say nothing. */
export function decodeIntroduction(raw: Uint8Array): Introduction {
  const said = parsed(raw);
  if (typeof said !== "object" || said === null || Array.isArray(said)) return STRANGER;
  const { identity, peer, acks, features } = said as Record<string, unknown>;
  return {
    identity: isRecord(identity) ? identity : {},
    peer: typeof peer === "string" ? peer : "",
    acks: acks === true,
    features: Array.isArray(features) ? features.filter((one) => typeof one === "string") : [],
  };
}

function parsed(raw: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(raw));
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
