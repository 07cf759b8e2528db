import { PeerPlanError } from "../model/errors";
import { newId } from "../model/ids";
import { Attempts } from "./attempts";
import type { PairLink, Path } from "./channel";
import type { DirectAttempt, Negotiation } from "./direct_attempt";
import type { Member } from "./handshake";
import { monotonic, TokenBucket } from "./limits";
import type { Meeting } from "./meeting";
import type { RelayLink } from "./relay_link";
import type { Signal } from "./signals";
import type { Surroundings } from "./surroundings";

/** Milliseconds without an open channel after which the relay is taken. */
const PATIENCE = 5000;
/** Milliseconds that the old link stays beside a better one, so that nobody seems to leave. */
const OVERLAP = 1000;
/** Milliseconds between attempts at a direct connection, and while there is no link at all. */
const PAUSES = [2000, 15_000, 30_000, 60_000, 300_000];
const SHORT_PAUSES = PAUSES.slice(0, 2);
/** Attempts after which a peer counts as gone that said nothing for so many milliseconds. */
const TRIES = 3;
const DEAF = 20_000;
/** Milliseconds until another link is looked for in place of one that never carried anything. */
const SOON = 2000;
/** Looks between two requests for a link, by the side that does not make it: one may be lost. */
const ASK = 15;
const RANKS: Record<Path, number> = { local: 3, direct: 2, turn: 1, relay: 0 };

interface Relayed {
  meeting: Meeting;
  link: RelayLink;
  close(): void;
}

/**
 * One other peer of the room: the links to it, one after the other, over the best path there is.
 * Signals and relayed frames of the other peer are given to it. `over` is set when the other peer
 * does not answer any more, or must not be linked with.
 */
export class Pair {
  readonly other: string;
  readonly offers: boolean;
  /** Whether a direct connection is wanted. */
  direct = true;
  /** Who it is, once it was proved. */
  member: Member | null = null;
  /** The link that carries the plan. */
  link: PairLink | null = null;
  /** Why there is no direct link. */
  trouble = "";
  over = false;
  /** Whether it is over because one of the two did not let the other in. */
  refused = false;
  /** Looks since there was a link. */
  lonely = 0;
  readonly #mesh: Surroundings;
  readonly #meetings = new Set<Meeting>();
  readonly #trying = new Attempts<DirectAttempt>();
  /** Where each goes; the one that carries the plan stays among them until it is over. */
  readonly #relays = new Attempts<Relayed>();
  #greeting = new Set<PairLink>();
  /** When each link is let go of: what came over it may still be taken in once it is closed. */
  readonly #carried = new WeakMap<PairLink, Promise<void>>();
  /** Attempts of the other side: each costs keys and a connection. */
  readonly #attempts = new TokenBucket(0.5, 20, monotonic);
  #heard = performance.now();
  #running = false;
  #wake: () => void = () => {};

  constructor(mesh: Surroundings, other: string) {
    this.#mesh = mesh;
    this.other = other;
    this.offers = mesh.me > other;
  }

  get path(): Path | null {
    return this.link?.path ?? null;
  }

  /** Where the other peer was heard. */
  met(meeting: Meeting): void {
    if (this.#meetings.has(meeting)) return;
    this.#meetings.add(meeting);
    this.hurry();
  }

  /** The other peer is not reached there any more. */
  lost(meeting: Meeting): void {
    this.#meetings.delete(meeting);
    this.interrupted(meeting, "The other peer left the room server.");
    this.over ||= !this.reachable;
  }

  /** Frames that go through there may be missing. */
  interrupted(meeting: Meeting, reason: string): void {
    for (const one of this.#relays.where((relayed) => relayed.meeting === meeting)) {
      one.link.close(reason);
    }
  }

  /** Whether it can be reached, or is linked already. */
  get reachable(): boolean {
    return this.#meetings.size > 0 || this.link !== null || this.#greeting.size > 0;
  }

  /** Connects now, if that is this side's part; else asks the other to. */
  hurry(): void {
    if (this.offers && !this.#running) void this.#offer();
    else this.#wake();
  }

  signal(meeting: Meeting, said: Signal): void {
    this.hear();
    this.met(meeting);
    if (said.type === "relay" && !this.offers) this.#relayedBy(meeting, said.attempt);
    else if (said.type === "offer" && !this.offers) this.#answer(meeting, said);
    else if ("attempt" in said) this.#trying.get(said.attempt)?.signal(said as Negotiation);
  }

  /** Takes a relayed frame. The first of a new attempt says that the offerer took the relay. */
  frame(meeting: Meeting, attempt: string, payload: Uint8Array): void {
    this.hear();
    this.met(meeting);
    if (!this.offers) this.#relayedBy(meeting, attempt);
    this.#relays.get(attempt)?.link.take(payload);
  }

  /** Greets over a link, and lets it carry the plan; false, with the link closed, if not. */
  async use(link: PairLink): Promise<boolean> {
    this.#greeting.add(link);
    try {
      const member = await this.#mesh.greet(link, this.other);
      const why = this.#against(link, member);
      if (why) link.close(why);
      else this.#take(link, member);
      return !why;
    } catch (error) {
      if (!(error instanceof PeerPlanError)) throw error;
      this.#refuse(link, error);
      return false;
    } finally {
      this.#greeting.delete(link);
    }
  }

  /** Why a link is not to carry the plan; empty if it is. Ids of peers are free to claim. */
  #against(link: PairLink, member: Member): string {
    if (this.over || (this.link && RANKS[this.link.path] > RANKS[link.path])) {
      return "There is a better link.";
    }
    const known = this.link && this.member?.identity.id;
    return known && known !== member.identity.id ? "Somebody else is here under that id." : "";
  }

  /** Ends every link but `spared`, which is about to end by itself. */
  close(reason: string, spared: PairLink | null = null): void {
    this.over = true;
    this.#trying.close();
    const relayed = this.#relays.where(() => true).map(({ link }) => link);
    for (const link of [this.link, ...relayed, ...this.#greeting]) {
      if (link !== spared) link?.close(reason);
    }
    this.#wake();
  }

  /** Looked at once a second: who cannot make a link asks for one again while there is none. */
  look(): void {
    this.lonely = this.link ? 0 : this.lonely + 1;
    if (!this.offers && this.lonely % ASK === ASK - 1) this.#ask();
  }

  /** The other peer said something. */
  hear(): void {
    this.#heard = performance.now();
  }

  #meeting(path: Meeting["path"]): Meeting | null {
    const usable = (one: Meeting) => one.path === path && isLive(one) && one.state.relays;
    return [...this.#meetings].find(usable) ?? null;
  }

  async #offer(): Promise<void> {
    this.#running = true;
    let failed = 0;
    while (!this.over) {
      const link = await this.#connect();
      const tried = [...this.#meetings].some(isLive);
      failed = link ? 0 : failed + (tried ? 1 : 0);
      if (!this.link && !this.reachable) break;
      if (link) await this.#until(this.#carried.get(link) ?? link.closed);
      else await this.#rest(this.#pause(failed));
      const deaf = performance.now() - this.#heard > DEAF;
      if (!this.link && failed >= TRIES && deaf) break;
    }
    this.#running = false;
    this.over ||= !this.link;
    this.#mesh.changed();
  }

  /** Seldom, where only the path could be better; soon again where a relay is all there could be. */
  #pause(failed: number): number {
    const pauses = this.link ? PAUSES : SHORT_PAUSES;
    return pauses[Math.min(Math.max(failed, 1), pauses.length) - 1]!;
  }

  /** The best link there can be now; null if there is none, or only the relay in its place. */
  async #connect(): Promise<PairLink | null> {
    const local = this.#meeting("local");
    if (local) return this.path === "local" ? this.link : this.#relayed(local, newId());
    const meeting = [...this.#meetings].find(isLive);
    if (!meeting) return this.link;
    if (this.path === "direct" || this.path === "turn") return this.link;
    return (this.direct && (await this.#directed(meeting))) || this.#onlyRelay();
  }

  #onlyRelay(): PairLink | null {
    this.#takeRelay();
    return null;
  }

  async #directed(meeting: Meeting): Promise<PairLink | null> {
    const attempt = this.#begin(meeting, newId());
    if (!attempt) return null;
    const fallback = setTimeout(() => this.#takeRelay(), PATIENCE);
    try {
      const link = await attempt.opened;
      return (await this.use(link)) ? link : null;
    } catch (error) {
      if (!(error instanceof PeerPlanError)) throw error;
      this.trouble = error.message;
      return null;
    } finally {
      clearTimeout(fallback);
    }
  }

  #begin(meeting: Meeting, name: string): DirectAttempt | null {
    const say = (said: Negotiation) =>
      this.#mesh.say(meeting, this.other, { ...said, attempt: name });
    const attempt = this.#mesh.attempt(this.offers, say);
    if (!attempt) return null;
    if (this.offers) this.#trying.close();
    this.#trying.begin(name, attempt);
    return attempt;
  }

  #answer(meeting: Meeting, said: Extract<Signal, { sdp: string }>): void {
    if (!this.#trying.isNew(said.attempt) || !this.#attempts.take()) return;
    const attempt = this.#begin(meeting, said.attempt);
    if (!attempt) return;
    attempt.signal(said as Negotiation);
    attempt.opened.then(
      (link) => this.use(link),
      (error: PeerPlanError) => {
        this.#trying.end(said.attempt);
        if (!this.link || this.path === "relay") this.trouble = error.message;
        this.#mesh.changed();
      },
    );
  }

  #takeRelay(): void {
    const meeting = this.#meeting("relay");
    if (meeting && !this.link && this.#relays.size === 0) void this.#relayed(meeting, newId());
  }

  /** A link of relayed frames, made by this side. */
  #relayed(meeting: Meeting, attempt: string): Promise<PairLink | null> {
    this.#mesh.say(meeting, this.other, { type: "relay", attempt });
    return this.#relayTo(meeting, attempt);
  }

  /** The other side took the relay; a link that is there stays until the new one is greeted over,
   * since anybody between the two can say so. */
  #relayedBy(meeting: Meeting, attempt: string): void {
    if (this.#relays.isNew(attempt) && this.#attempts.take()) void this.#relayTo(meeting, attempt);
  }

  async #relayTo(meeting: Meeting, attempt: string): Promise<PairLink | null> {
    const link = this.#mesh.relay(meeting, this.other, attempt);
    const carrying = this.#relays.where((one) => one.link === this.link)[0];
    this.#relays.begin(attempt, { meeting, link, close: () => link.close() }, carrying);
    void link.closed.then(() => this.#relays.end(attempt));
    if (await this.use(link)) return link;
    setTimeout(() => this.#relays.size > 0 || this.#lookForAnother(), SOON);
    return null;
  }

  #take(link: PairLink, member: Member): void {
    const old = this.link;
    this.link = link;
    this.member = member;
    if (link.path !== "relay") this.trouble = "";
    this.#carried.set(link, this.#carry(link, member));
    if (old) setTimeout(() => old.close("A better path is there."), OVERLAP);
    this.#mesh.changed();
  }

  async #carry(link: PairLink, member: Member): Promise<void> {
    try {
      await this.#mesh.carry(this, link, member);
    } finally {
      link.close("The link is over.");
      if (this.link === link) {
        this.link = null;
        this.hear();
        this.#lookForAnother();
      }
    }
  }

  /** The offerer makes a link; who is not asks for one. */
  #lookForAnother(): void {
    if (this.link) return;
    this.over ||= !this.reachable;
    this.#mesh.changed();
    if (this.over) return;
    if (this.offers) this.hurry();
    else this.#ask();
  }

  #ask(): void {
    for (const meeting of this.#meetings) {
      this.#mesh.say(meeting, this.other, { type: "announce" });
    }
  }

  #refuse(link: PairLink, error: PeerPlanError): void {
    link.close(error.message);
    // Anybody can come under the id of who is here.
    if (this.link) return;
    this.trouble = error.message;
    if (error.code === "forbidden") {
      this.over = this.refused = true;
      this.#mesh.refused(error);
    }
    this.#mesh.changed();
  }

  /** Resolves when that does, or when there is reason to hurry. */
  #until(something: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      void something.then(() => resolve());
    });
  }

  async #rest(milliseconds: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const rested = new Promise((resolve) => {
      timer = setTimeout(resolve, milliseconds);
    });
    await this.#until(rested);
    clearTimeout(timer);
  }
}

function isLive({ state }: Meeting): boolean {
  return state.state === "live";
}
