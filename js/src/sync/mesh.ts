import { newId } from "../model/ids";
import type { Connection, SentOperation } from "../model/view";
import { Artifacts, type FetchOptions } from "./artifacts";
import { Barred } from "./barred";
import { answerByHand, type ByHand, type HandOptions, offerByHand } from "./by_hand";
import { Carrier } from "./carrier";
import type { PairLink } from "./channel";
import { credible } from "./credible";
import type { Cause } from "./events";
import { Gathering } from "./gathering";
import { greet } from "./greeting";
import { Handshake, type Member, REFUSED_BY_OWNER } from "./handshake";
import type { Terms } from "./introduction";
import { derive } from "./keys";
import { LocalMeeting } from "./local_meeting";
import type { Meeting } from "./meeting";
import { connectionOf, type MemberState } from "./members";
import type { Pair } from "./pair";
import { Presence } from "./presence";
import type { Replica } from "./replica";
import { RoomClient } from "./room_client";
import { roleOf, type Standing } from "./standing";

/** Milliseconds between two looks at whether this page's presence has to be said again. */
const TICK = 1000;
/** Milliseconds that the last words have. */
const GOODBYE = 300;

const DOUBLED =
  "A copy of this page writes into the plan too. What the two wrote at one moment may differ from " +
  "peer to peer: look through what you wrote last, and write it again where it lacks.";

export interface MeshOptions {
  /** Whether direct connections are made; the page's ability decides where it is not said. */
  direct?: boolean;
  /** Whether other pages of this browser are met without any server. */
  local?: boolean;
  terms?: Partial<Pick<Terms, "limits" | "clock">>;
}

/** A first text by hand, see `by_hand.ts`. */
export interface Introduction {
  text: string;
  /** Takes the text that came back; resolves when the two are linked. */
  answered(text: string): Promise<void>;
  cancel(): void;
}

/** A second text by hand, and when the two are linked. */
export interface Answer {
  text: string;
  linked: Promise<void>;
  cancel(): void;
}

/**
 * The room of one plan as this page lives in it: meets the other peers over the best path there
 * is, keeps the plan equal with each, and lets each change only what its role allows.
 *
 * `open` begins. What changes is told to those who `subscribe`d, at most once in a task; they read
 * `connection`, `members` and `present`. `close` says goodbye; a page that is left does so by itself.
 */
export class Mesh {
  /** The id of this page among its peers. */
  readonly me = newId();
  readonly artifacts: { fetch(hash: string, options?: FetchOptions): Promise<Blob> };
  readonly #standing: Standing;
  readonly #replica: Replica;
  readonly #presence: Presence;
  readonly #carrier: Carrier;
  readonly #meetings: readonly Meeting[];
  readonly #gathering: Gathering;
  readonly #listeners = new Set<() => void>();
  #connection: Connection | null = null;
  readonly #barred = new Barred();
  /** Why this peer is not with somebody who is there. */
  #trouble = "";
  #revoked = false;
  /** What is wrong with the servers that help to connect. */
  #warning = "";
  #told = false;
  #toldUpTo: Uint8Array;
  #stop: (() => void) | null = null;
  #left: Promise<void> = Promise.resolve();

  constructor(standing: Standing, replica: Replica, options: MeshOptions = {}) {
    this.#standing = standing;
    this.#replica = replica;
    this.#toldUpTo = replica.version();
    this.#presence = new Presence(this.me, options.terms);
    this.#presence.changed = () => this.#changed();
    const happened = () => this.#changed();
    this.#carrier = new Carrier(replica, standing, this.#presence, happened, options.terms);
    this.artifacts = new Artifacts(() => this.#carrier.sources());
    this.#meetings = meetings(standing, this.me, options.local ?? true);
    this.#gathering = new Gathering(
      this.me,
      standing,
      this.#meetings,
      {
        greet: (link, other) => this.#greet(link, other),
        carry: (pair, link, member) => this.#carry(pair, link, member),
        probe: (link) => this.#carrier.probe(link),
        putOut: (link, reason) => this.#carrier.putOut(link, reason),
        warned: (warning) => this.#warned(warning),
        refused: (error) => {
          const { by, reason } = error.data;
          this.#revoked ||= by === REFUSED_BY_OWNER && reason === "revoked";
          this.#trouble = `${error.message} ${error.hint}`.trim();
        },
        met: () => this.#prepare(),
        ended: (member) => this.#ended(member),
        changed: () => this.#changed(),
      },
      options.direct ?? true,
    );
  }

  /** How this page is connected, in the shape of the view. */
  get connection(): Connection {
    const reachable = this.#meetings.some(
      (one) => one.path === "relay" && one.state.state === "live",
    );
    const server = this.#meetings.find(({ path }) => path === "relay");
    this.#connection = connectionOf(
      {
        members: this.members,
        reachable,
        unsent: this.#carrier.room.unsent,
        detail: this.#trouble || (server?.state.detail ?? ""),
        warning: [this.#warning, this.#replica.doubled ? DOUBLED : ""].filter(Boolean).join(" "),
      },
      this.#connection,
    );
    return this.#connection;
  }

  /** The other peers that are linked, or about to be. */
  get members(): readonly MemberState[] {
    return this.#gathering.pairs.map(({ other, member, link, path, trouble }) => ({
      peer: other,
      identity: member?.identity ?? null,
      role: this.#gathering.roleOf(other),
      invitation: member?.invitation ?? null,
      path,
      rtt: this.#carrier.rtt(link),
      trouble,
    }));
  }

  /**
   * Whether the room's owner, proved, refused this page because its invitation was taken back;
   * until an owner is linked.
   */
  get revoked(): boolean {
    return this.#revoked;
  }

  /** Whether an owner who is linked has acknowledged everything that is to be sent. */
  get ownerHasAll(): boolean {
    return this.#carrier.ownerHasAll;
  }

  /**
   * What each peer says of itself, this one included: JSON of any form. Of lists of participants,
   * as `docs/mesh.md` has them, those are left out for whom the peer may not speak.
   */
  get present(): Record<string, unknown> {
    return credible(this.#presence.states(), this.members);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  open(): void {
    if (this.#stop) return;
    const unsubscribe = this.#replica.subscribe((update) => this.#publish(update));
    const hurry = () => {
      if (globalThis.document?.visibilityState !== "hidden") this.#gathering.hurry();
    };
    const leave = () => void this.#leave();
    const comeBack = (event: Event) => {
      if ((event as PageTransitionEvent).persisted)
        void this.#left.then(() => this.#gathering.open());
    };
    const heard = [
      ["pagehide", leave],
      ["pageshow", comeBack],
      ["online", hurry],
      ["visibilitychange", hurry],
    ] as const;
    for (const [name, listener] of heard) globalThis.addEventListener?.(name, listener);
    const ticking = setInterval(() => this.#carrier.room.tick(), TICK);
    this.#stop = () => {
      unsubscribe();
      clearInterval(ticking);
      for (const [name, listener] of heard) globalThis.removeEventListener?.(name, listener);
    };
    this.#gathering.open();
  }

  /** Says goodbye to everybody; resolves when all links are closed. */
  async close(): Promise<void> {
    this.#stop?.();
    this.#stop = null;
    await this.#leave();
    this.#presence.close();
    this.#changed();
  }

  /** Says something about this page to the others: small JSON; `too_large` beyond 4096 bytes. */
  say(value: unknown): void {
    this.#carrier.room.show(this.#presence.say(value));
  }

  /**
   * Shows those who are linked directly what this page is about to write, before its change is
   * made; returns how to take that back, if the change is not made, or null if nobody is shown it.
   */
  intend(operation: SentOperation): (() => void) | null {
    return roleOf(this.#standing) === "viewer" ? null : this.#carrier.intend(operation);
  }

  /** Begins an introduction that people carry by hand, with no server. */
  async introduce(): Promise<Introduction> {
    const offer = await offerByHand(this.#hand);
    const answered = async (text: string) => this.#introduced(await offer.answered(text));
    return { text: offer.text, answered, cancel: () => offer.close() };
  }

  /** Answers one; `invalid_input` for a text that is none of this room. */
  async answer(text: string): Promise<Answer> {
    const answer = await answerByHand(text, this.#hand);
    const linked = answer.linked.then((made) => this.#introduced(made));
    linked.catch(() => undefined);
    return { text: answer.text, linked, cancel: () => answer.close() };
  }

  #leave(): Promise<void> {
    this.#gathering.leave();
    const said = Promise.race([this.#carrier.leave(), after(GOODBYE)]);
    this.#left = said.then(() => this.#gathering.close());
    return this.#left;
  }

  get #hand(): HandOptions {
    const { key, room } = this.#standing.ticket.secret;
    const signalKey = derive(key, room, "signal");
    const warn = (warning: string) => this.#warned(warning);
    return { me: this.me, room, signalKey, warn, iceServers: this.#gathering.iceServers };
  }

  async #introduced({ other, link }: ByHand): Promise<void> {
    await this.#gathering.adopt(other, link);
  }

  #greet(link: PairLink, other: string): Promise<Member> {
    const revoked = (invitation: string) => this.#replica.revoked(invitation);
    const barred = (member: Member) => this.#barred.has(member);
    const options = { binding: link.binding, revoked, barred };
    return greet(link, new Handshake(this.#standing.ticket, this.me, other, options));
  }

  async #carry(pair: Pair, link: PairLink, member: Member): Promise<Cause> {
    this.#trouble = "";
    if (member.role === "owner") this.#revoked = false;
    const { reason, cause } = await this.#carrier.carry(link, member);
    if (cause !== "left") this.#trouble = pair.trouble = reason;
    if (cause === "broken" || cause === "overstepped") {
      this.#barred.note(member, cause === "overstepped");
    }
    this.#changed();
    return cause;
  }

  /** Owners send everything to who comes; that is written out while the link is made. */
  #prepare(): void {
    if (roleOf(this.#standing) === "owner") setTimeout(() => this.#replica.prepare?.());
  }

  #ended({ invitation, expires }: Member): boolean {
    const late = expires > 0 && Date.now() / 1000 >= expires;
    return late || (invitation !== null && this.#replica.revoked(invitation));
  }

  /** Owners send what they are given; others make sure that nothing of others is in it. */
  #publish(update: Uint8Array): void {
    const role = roleOf(this.#standing);
    if (role === "viewer") return;
    const own = role === "owner" ? update : this.#replica.ownSince(this.#toldUpTo);
    this.#toldUpTo = this.#replica.version();
    this.#carrier.room.publish(own);
    this.#changed();
  }

  #warned(warning: string): void {
    if (warning === this.#warning) return;
    this.#warning = warning;
    this.#changed();
  }

  #changed(): void {
    if (this.#told) return;
    this.#told = true;
    queueMicrotask(() => {
      this.#told = false;
      for (const listener of [...this.#listeners]) listener();
    });
  }
}

function meetings({ ticket, servers }: Standing, me: string, local: boolean): Meeting[] {
  const { room } = ticket.secret;
  const found: Meeting[] = [];
  if (local && typeof BroadcastChannel === "function") found.push(new LocalMeeting(room, me));
  if (servers.length > 0) found.push(new RoomClient(servers, room, me));
  return found;
}

function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
