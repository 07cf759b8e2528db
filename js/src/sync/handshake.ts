import { x25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { PeerPlanError } from "../model/errors";
import { grantHolds, isExpired, type MemberRole } from "./grant";
import { type Hello, isHello, type Person } from "./hello";
import type { Invitation, RoomSecret } from "./invitation";
import {
  b64u,
  canonical,
  hkdf,
  joined,
  KEY_SIZE,
  type KeyPair,
  random,
  sign,
  unb64u,
  utf8,
  verified,
} from "./keys";
import { Direction } from "./sealing";

/** Bytes of one message. */
const MAX_TEXT = 16 * 1024;
/** How long the caller lets a handshake last. */
export const HANDSHAKE_SECONDS = 10;

export type Refusal = "unauthorized" | "expired" | "revoked" | "evicted" | "unsupported";
/** What is awaited of the other peer, or how it ended. */
export type HandshakeState = "new" | "hello" | "proof" | "welcome" | "done" | "refused";

/** In a refusal's `data.by`: it was the room's owner, proved. */
export const REFUSED_BY_OWNER = "owner";

const HINTS: Record<Refusal, string> = {
  unauthorized: "Open the plan by the newest link that you have.",
  expired: "Ask for a new invitation.",
  revoked: "Ask for a new invitation.",
  evicted: "Ask the room's owner for a new invitation.",
  unsupported: "Bring peerplan up to date on both sides.",
};

/** What this peer shows. */
export interface Ticket {
  readonly secret: RoomSecret;
  /** The plan that grants must be for. */
  readonly plan: string;
  readonly actor: Person;
  /** The actor's own. */
  readonly key: KeyPair;
  /** Null for the room's owner. */
  readonly invitation: Invitation | null;
}

/** Who is at the other end, proved; name and kind are what it says. */
export interface Member {
  readonly peer: string;
  readonly identity: Person;
  readonly role: MemberRole;
  /** The `did:key` of the invitation it used; null for the owner. */
  readonly invitation: string | null;
  /** When its grant ends, in Unix seconds; 0 for never. The caller ends the link then. */
  readonly expires: number;
}

export interface HandshakeOptions {
  /** What the link proves about itself; empty on relayed ones. */
  binding?: Uint8Array;
  /** Whether an invitation (`did:key`) was taken back. */
  revoked?: (invitation: string) => boolean;
  /** Whether a person was put out before. */
  barred?: (member: Member) => boolean;
  /** Unix seconds. */
  clock?: () => number;
  /** What is made anew for each handshake: 16 bytes, and an X25519 key. */
  fresh?: { nonce: Uint8Array; ephemeral: Uint8Array };
}

type Message = Record<string, unknown>;

/**
 * One side of the handshake on a link; see `docs/mesh.md`. `start` once, then `receive` every text
 * until the state is done or refused; both return the texts to send. Nothing else that came is to
 * be read before that. When it is refused, by either side, `error` says why, and its `data.by`
 * whether it was proved to be the room's owner.
 */
export class Handshake {
  state: HandshakeState = "new";
  /** Who is there, when the state is done. */
  member: Member | null = null;
  error: PeerPlanError | null = null;
  /** For a relayed link, from the other's hello on: how to seal, and how to open. */
  directions: readonly [Direction, Direction] | null = null;
  readonly #ticket: Ticket;
  readonly #other: string;
  readonly #binding: string;
  readonly #revoked: (invitation: string) => boolean;
  readonly #barred: (member: Member) => boolean;
  readonly #clock: () => number;
  readonly #ephemeral: Uint8Array;
  readonly #hello: Hello;
  #theirs: Hello | null = null;

  constructor(ticket: Ticket, peer: string, other: string, options: HandshakeOptions = {}) {
    const { binding = new Uint8Array(), revoked = () => false, clock = unixTime } = options;
    const { nonce, ephemeral } = options.fresh ?? {
      nonce: random(16),
      ephemeral: random(KEY_SIZE),
    };
    this.#ticket = ticket;
    this.#other = other;
    this.#binding = b64u(binding);
    this.#revoked = revoked;
    this.#barred = options.barred ?? (() => false);
    this.#clock = clock;
    this.#ephemeral = ephemeral;
    this.#hello = ownHello(ticket, peer, nonce, ephemeral);
  }

  start(): string[] {
    this.state = "hello";
    return [JSON.stringify(this.#hello)];
  }

  /**
   * Takes a message; `protocol` before the start and after a good end. What comes after a refusal
   * was on its way already and means nothing.
   */
  receive(text: string): string[] {
    if (this.state === "refused") return [];
    if (this.state === "new" || this.state === "done")
      throw new PeerPlanError("protocol", "A message of a handshake came out of its time.");
    try {
      return this.#take(parsed(text));
    } catch (error) {
      if (!(error instanceof PeerPlanError)) throw error;
      return this.#refuse(error);
    }
  }

  #take(message: Message): string[] {
    if (message.type === "refused") return this.#refused(message);
    if (message.type !== this.state)
      throw refusal("unsupported", `Another message came than "${this.state}".`);
    if (this.state === "hello") return this.#greeted(message);
    if (this.state === "proof") return this.#proved(message);
    this.member = this.#memberOf(this.#theirs!);
    this.state = "done";
    return [];
  }

  #greeted(message: Message): string[] {
    if (message.v !== 1) throw refusal("unsupported", "The handshake has another version than 1.");
    if (!isHello(message)) throw refusal("unsupported", "The hello is not valid.");
    this.#checkPeer(message);
    this.#theirs = message;
    this.#checkGrant(message);
    this.directions = this.#agree(message);
    this.state = "proof";
    return [JSON.stringify(this.#proof(message))];
  }

  /** Who sends our own hello back would have our own proof sent back as well. */
  #checkPeer({ peer, nonce, ephemeral }: Hello): void {
    const own = this.#hello;
    const same = ephemeral === own.ephemeral || nonce === own.nonce;
    if (peer !== this.#other || peer === own.peer || same)
      throw refusal("unauthorized", `The hello is not of the peer ${this.#other}.`);
  }

  #checkGrant({ grant, identity }: Hello): void {
    const { secret, plan } = this.#ticket;
    if (grant === null) {
      if (identity.id === secret.owner) return;
      throw refusal("unauthorized", "Only the room's owner comes without an invitation.");
    }
    const here = [secret.room, secret.owner, b64u(secret.salt), plan];
    const there = [grant.room, grant.owner, grant.salt, grant.plan];
    if (here.some((one, index) => one !== there[index]) || !grantHolds(grant))
      throw refusal("unauthorized", "The invitation is not one of this room.");
    if (isExpired(grant, this.#clock())) throw refusal("expired", "The invitation has expired.");
    if (this.#revoked(grant.invitation)) throw refusal("revoked", "The invitation was taken back.");
  }

  #agree(hello: Hello): readonly [Direction, Direction] {
    const shared = sharedSecret(this.#ephemeral, unb64u(hello.ephemeral, KEY_SIZE));
    const secret = joined(shared, this.#ticket.secret.key);
    const hellos = this.#hello.peer > hello.peer ? [this.#hello, hello] : [hello, this.#hello];
    const salt = sha256(canonical(hellos));
    const direction = (peer: string) =>
      new Direction(hkdf(secret, salt, `peerplan/v1/relay ${peer}`));
    return [direction(this.#hello.peer), direction(hello.peer)];
  }

  #proof(theirs: Hello): Message {
    const said = this.#transcript(this.#hello, theirs);
    const { key, invitation } = this.#ticket;
    const proof = { type: "proof", identity: sign(key, said) };
    return { ...proof, invitation: invitation && sign(invitation.key, said) };
  }

  #proved({ identity, invitation }: Message): string[] {
    const { identity: who, grant } = this.#theirs!;
    const said = this.#transcript(this.#theirs!, this.#hello);
    const held = (did: string, proof: unknown) =>
      typeof proof === "string" && verified(did, proof, said);
    const granted = grant ? held(grant.invitation, invitation) : invitation === null;
    if (!granted || !held(who.id, identity))
      throw refusal("unauthorized", "The proof does not hold.");
    if (this.#barred(this.#memberOf(this.#theirs!)))
      throw refusal("evicted", "This person was put out for what came from them.");
    this.state = "welcome";
    return [JSON.stringify({ type: "welcome" })];
  }

  #memberOf({ peer, identity, grant }: Hello): Member {
    if (grant === null || identity.id === this.#ticket.secret.owner)
      return { peer, identity, role: "owner", invitation: null, expires: 0 };
    const { role, invitation, expires } = grant;
    return { peer, identity, role, invitation, expires };
  }

  /** What a proof signs, or the refusal of that code. */
  #transcript(self: Hello, other: Hello, code?: Refusal): Uint8Array {
    const { room } = this.#ticket.secret;
    const said = canonical({ binding: this.#binding, other, room, self, ...(code && { code }) });
    return joined(utf8(`peerplan ${code ? "refused" : "proof"} v1\0`), sha256(said));
  }

  #refuse(error: PeerPlanError): string[] {
    this.state = "refused";
    this.error = error;
    const code = (error.data.reason ?? "unsupported") as Refusal;
    const said = { type: "refused", code, message: error.message };
    const signed = this.#theirs && this.#transcript(this.#hello, this.#theirs, code);
    const proof = signed && { identity: sign(this.#ticket.key, signed) };
    return [JSON.stringify({ ...said, ...proof })];
  }

  #refused({ code, message, identity }: Message): string[] {
    const known = typeof code === "string" && Object.hasOwn(HINTS, code);
    const reason = known ? (code as Refusal) : "unauthorized";
    const words = typeof message === "string" ? message.slice(0, 200).replace(/\s+/g, " ") : "";
    this.error = refusal(reason, `The other peer refused the handshake (${reason}): ${words}`);
    if (this.#ownerSigned(reason, identity)) this.error.data.by = REFUSED_BY_OWNER;
    this.state = "refused";
    return [];
  }

  #ownerSigned(code: Refusal, signature: unknown): boolean {
    const { owner } = this.#ticket.secret;
    const hello = this.#theirs;
    if (hello?.identity.id !== owner || typeof signature !== "string") return false;
    return verified(owner, signature, this.#transcript(hello, this.#hello, code));
  }
}

function ownHello(ticket: Ticket, peer: string, nonce: Uint8Array, ephemeral: Uint8Array): Hello {
  const { id, name, kind } = ticket.actor;
  return {
    type: "hello",
    v: 1,
    peer,
    nonce: b64u(nonce),
    ephemeral: b64u(x25519.getPublicKey(ephemeral)),
    identity: { id, name, kind },
    grant: ticket.invitation?.grant ?? null,
  };
}

function sharedSecret(own: Uint8Array, theirs: Uint8Array): Uint8Array {
  try {
    return x25519.getSharedSecret(own, theirs);
  } catch {
    throw refusal("unauthorized", "The hello's ephemeral key is none.");
  }
}

function parsed(text: string): Message {
  if (text.length > MAX_TEXT || utf8(text).length > MAX_TEXT)
    throw refusal("unsupported", `A message has more than ${MAX_TEXT} bytes.`);
  const message = json(text);
  if (message === null || typeof message !== "object" || Array.isArray(message))
    throw refusal("unsupported", "A message is not a JSON object.");
  return message as Message;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function refusal(reason: Refusal, message: string): PeerPlanError {
  return new PeerPlanError("forbidden", message, { hint: HINTS[reason], data: { reason } });
}

function unixTime(): number {
  return Date.now() / 1000;
}
