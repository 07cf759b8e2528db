import { PeerPlanError } from "../model/errors";
import type { PairLink } from "./channel";
import { canConnect, DirectAttempt, type Negotiation } from "./direct_attempt";
import type { Cause } from "./events";
import type { MemberRole } from "./grant";
import type { Member } from "./handshake";
import { usable } from "./ice_servers";
import { derive } from "./keys";
import { monotonic, TokenBucket } from "./limits";
import type { Meeting, MeetingEvents } from "./meeting";
import { Pair } from "./pair";
import { attemptOf, RelayLink } from "./relay_link";
import { bond } from "./roster";
import { type Signal, sealedSignal, unsealedSignal } from "./signals";
import { roleOf, type Standing } from "./standing";
import type { Spoken, Surroundings } from "./surroundings";

/** Peers of a room that are remembered. */
const MAX_KNOWN = 500;
/** Milliseconds between two looks at who is there. */
const LOOK = 1000;
/** Milliseconds between two looks after which this page slept. */
const SLEPT = 10_000;
/** Looks after which a peer without a link is forgotten, until it says something again. */
const PATIENT_LOOKS = 90;

/** Looks between two words to everybody, while somebody is not linked or nobody is known: not all
 * room servers say again who is there. */
const CALL = 120;

/** Looks after which who was not let in, or did not let this one in, is tried again, the first
 * time: what was refused may have been a lie of the room server. */
const COOL = 10;

/** What is done with those who are met. */
export interface GatheringHost {
  greet(link: PairLink, other: string): Promise<Member>;
  /** Resolves with the reason when the link is over. */
  carry(pair: Pair, link: PairLink, member: Member): Promise<Cause>;
  /** Asks whether the other end is still there. */
  probe(link: PairLink): void;
  /** Ends what goes over a link, and says why. */
  putOut(link: PairLink, reason: string): void;
  /** Something is wrong with the servers that help to connect; "" when it is not any more. */
  warned(warning: string): void;
  /** Somebody was not let in, or did not let this peer in. */
  refused(error: PeerPlanError): void;
  /** Somebody is there who may be linked soon. */
  met(): void;
  /** Whether a member's right to be here is over. */
  ended(member: Member): boolean;
  changed(): void;
}

interface Known {
  /** As it claims. */
  role: MemberRole;
  meetings: Set<Meeting>;
  /** Announcements that are heard from it. */
  patience: TokenBucket;
  /** How often a handshake with it was refused, and at which look the next may be. */
  refused: number;
  due: number;
}

/** The peers of a room: who was heard of where, and the pair with each that this one is to know. */
export class Gathering implements Surroundings {
  readonly me: string;
  readonly #standing: Standing;
  readonly #meetings: readonly Meeting[];
  readonly #host: GatheringHost;
  readonly #direct: boolean;
  readonly #keys: { signal: Uint8Array; hello: Uint8Array };
  readonly #known = new Map<string, Known>();
  readonly #pairs = new Map<string, Pair>();
  /** Peers that put this one out. */
  readonly #avoided = new Set<string>();
  /** Whether somebody may have to be met because the roster is another. */
  #unmet = false;
  #looks = 0;
  #looked = 0;
  #looking: ReturnType<typeof setInterval> | undefined;

  constructor(
    me: string,
    standing: Standing,
    meetings: readonly Meeting[],
    host: GatheringHost,
    direct: boolean,
  ) {
    this.me = me;
    this.#standing = standing;
    this.#meetings = meetings;
    this.#host = host;
    this.#direct = direct && canConnect();
    const { key, room } = standing.ticket.secret;
    this.#keys = { signal: derive(key, room, "signal"), hello: derive(key, room, "hello") };
  }

  get pairs(): readonly Pair[] {
    return [...this.#pairs.values()].sort((one, other) => (one.other < other.other ? -1 : 1));
  }

  get iceServers(): RTCIceServer[] {
    const offered = this.#meetings.flatMap((one) => one.iceServers);
    return usable([...this.#standing.iceServers, ...offered]);
  }

  roleOf(peer: string): MemberRole {
    return this.#pairs.get(peer)?.member?.role ?? this.#known.get(peer)?.role ?? "viewer";
  }

  open(): void {
    this.#looked = Date.now();
    this.#looking = setInterval(() => this.#look(), LOOK);
    for (const meeting of this.#meetings) meeting.open(this.#events(meeting));
  }

  /** Says that this peer goes. */
  leave(): void {
    clearInterval(this.#looking);
    for (const meeting of this.#meetings) this.#publish(meeting, { type: "leave" }, null);
  }

  /** Ends every link, and meets nobody any more. */
  close(): void {
    clearInterval(this.#looking);
    for (const pair of this.#pairs.values()) pair.close("This peer leaves.");
    this.#pairs.clear();
    this.#known.clear();
    for (const meeting of this.#meetings) meeting.close();
  }

  /** Looks for others now, as when the page is seen again. */
  hurry(): void {
    for (const meeting of this.#meetings) meeting.retryNow();
    for (const pair of this.#pairs.values()) pair.hurry();
  }

  /** Takes a link to a peer that was introduced otherwise; `forbidden` if it is not let in. */
  async adopt(other: string, link: PairLink): Promise<void> {
    const pair = this.#pairs.get(other) ?? new Pair(this, other);
    this.#pairs.set(other, pair);
    if (!(await pair.use(link))) throw new PeerPlanError("forbidden", pair.trouble);
  }

  say(meeting: Meeting, to: string, said: Spoken): void {
    const announced = { type: "announce", role: roleOf(this.#standing) } as const;
    this.#publish(meeting, said.type === "announce" ? announced : said, to);
  }

  attempt(offers: boolean, say: (said: Negotiation) => void): DirectAttempt | null {
    if (!this.#direct) return null;
    const warn = (warning: string) => this.#host.warned(warning);
    return new DirectAttempt({ offers, say, warn, iceServers: this.iceServers });
  }

  relay(meeting: Meeting, other: string, attempt: string): RelayLink {
    return new RelayLink({
      room: this.#standing.ticket.secret.room,
      me: this.me,
      other,
      attempt,
      path: meeting.path,
      offered: this.me > other,
      helloKey: this.#keys.hello,
      send: (payload) => meeting.sendFrame(other, payload),
    });
  }

  greet(link: PairLink, other: string): Promise<Member> {
    return this.#host.greet(link, other);
  }

  async carry(pair: Pair, link: PairLink, member: Member): Promise<void> {
    const cause = await this.#host.carry(pair, link, member);
    pair.over ||= cause !== "left";
    if (cause === "refused") this.#avoid(pair.other);
  }

  refused(error: PeerPlanError): void {
    this.#host.refused(error);
  }

  changed(): void {
    this.#host.changed();
  }

  #events(meeting: Meeting): MeetingEvents {
    return {
      signal: (data) => this.#heard(meeting, data),
      frame: (from, payload) => this.#framed(meeting, from, payload),
      gone: (peer) => this.#gone(meeting, peer),
      moved: () => this.#moved(meeting),
    };
  }

  #heard(meeting: Meeting, data: string): void {
    const signal = this.#unsealed(data);
    if (!signal || signal.from === this.me || this.#avoided.has(signal.from)) return;
    if (signal.to !== null && signal.to !== this.me) return;
    if (signal.type === "leave") this.#left(signal.from);
    else if (signal.type === "announce") this.#announced(meeting, signal);
    else if (!this.#pairs.get(signal.from)?.over) {
      this.#note(meeting, signal.from, null);
      this.#meet(signal.from)?.signal(meeting, signal);
    }
  }

  /** Null for what no member of the room made: topics are open to everybody. */
  #unsealed(data: string): Signal | null {
    try {
      return unsealedSignal(data, this.#standing.ticket.secret.room, this.#keys.signal);
    } catch (error) {
      if (error instanceof PeerPlanError) return null;
      throw error;
    }
  }

  #announced(meeting: Meeting, { from, to, role }: Extract<Signal, { type: "announce" }>): void {
    if (!this.#note(meeting, from, role)) return;
    const known = this.#known.get(from);
    if (known) known.due = 0;
    const pair = this.#meet(from);
    if (to === null && !pair?.link) this.say(meeting, from, { type: "announce" });
    if (!pair) return;
    pair.hear();
    pair.met(meeting);
    // Who has no link any more asks the offerer for one; this side may not have noticed yet.
    if (pair.link && to !== null) this.#host.probe(pair.link);
    else pair.hurry();
  }

  #note(meeting: Meeting, peer: string, role: MemberRole | null): boolean {
    const known = this.#known.get(peer);
    if (!known && !this.#hasSpace()) return false;
    const meetings = (known?.meetings ?? new Set()).add(meeting);
    const patience = known?.patience ?? new TokenBucket(2, 50, monotonic);
    this.#unmet ||= known?.role !== role;
    const { refused = 0, due = 0 } = known ?? {};
    const said = role ?? known?.role ?? "viewer";
    this.#known.set(peer, { role: said, meetings, patience, refused, due });
    return role === null || patience.take();
  }

  /** Forgets somebody who is not to be linked with, if the roster is full. */
  #hasSpace(): boolean {
    if (this.#known.size < MAX_KNOWN) return true;
    const idle = [...this.#known.keys()].find((peer) => !this.#pairs.has(peer));
    return idle !== undefined && this.#known.delete(idle);
  }

  /** The pair with a peer that this one is to be linked with. */
  #meet(other: string): Pair | null {
    const found = this.#pairs.get(other);
    if (found && !found.over) return found;
    const known = this.#known.get(other);
    if (found) this.#end(found);
    if (!known || known.due > this.#looks) return null;
    const how = this.#bond(other);
    const local = [...known.meetings].some(({ path }) => path === "local");
    if (!how && !local) return null;
    const pair = new Pair(this, other);
    pair.direct = how === "direct";
    this.#pairs.set(other, pair);
    for (const meeting of known.meetings) pair.met(meeting);
    this.#host.met();
    this.changed();
    return pair;
  }

  #framed(meeting: Meeting, from: string, payload: Uint8Array): void {
    const attempt = attemptOf(payload);
    // Frames come from anybody who knows the room's id; only members announce themselves.
    const announced = this.#known.get(from)?.meetings.has(meeting) && !this.#avoided.has(from);
    // Those of a link that is over are still on their way when it ends.
    if (!attempt || !announced || this.#pairs.get(from)?.over) return;
    this.#meet(from)?.frame(meeting, attempt, payload);
  }

  /** Any member can say it of any other, so it is asked where there is a link. */
  #left(peer: string): void {
    const link = this.#pairs.get(peer)?.link;
    if (link) this.#host.probe(link);
    else this.#forget(peer);
  }

  #gone(meeting: Meeting, peer: string): void {
    const known = this.#known.get(peer);
    known?.meetings.delete(meeting);
    if (known?.meetings.size === 0) this.#known.delete(peer);
    this.#pairs.get(peer)?.lost(meeting);
    this.#lookAfter();
  }

  #moved(meeting: Meeting): void {
    if (meeting.state.state === "live") {
      this.#call([meeting]);
      for (const pair of this.#pairs.values()) pair.hurry();
    } else {
      for (const pair of this.#pairs.values()) {
        pair.interrupted(meeting, "The room server was lost.");
      }
    }
    this.changed();
  }

  #call(meetings = this.#meetings): void {
    const announced = { type: "announce", role: roleOf(this.#standing) } as const;
    for (const meeting of meetings) this.#publish(meeting, announced, null);
  }

  #publish(meeting: Meeting, said: Unaddressed<Signal>, to: string | null): void {
    const signal = { ...said, from: this.me, to } as Signal;
    const sealed = sealedSignal(signal, this.#standing.ticket.secret.room, this.#keys.signal);
    meeting.publish(sealed, to);
  }

  /** Browsers stop the timers of hidden pages, and sleeping machines all clocks but the wall's. */
  #look(): void {
    const now = Date.now();
    const slept = Math.abs(now - this.#looked) > SLEPT;
    this.#looked = now;
    if (slept) this.hurry();
    this.#lookAfter();
  }

  /** Forgets who is gone, puts out who may not be here any more, and meets others. */
  #lookAfter(): void {
    for (const pair of [...this.#pairs.values()]) {
      if (pair.member && this.#host.ended(pair.member)) {
        pair.trouble = "Its invitation is not valid any more.";
        pair.over = true;
      }
      pair.look();
      if (pair.over && pair.refused) this.#cool(pair);
      else if (pair.over || pair.lonely > PATIENT_LOOKS) this.#forget(pair.other);
    }
    this.#looks += 1;
    this.#unmet ||= [...this.#known.values()].some(({ due }) => due === this.#looks);
    const complete = this.#pairs.size > 0 && this.pairs.every(({ link }) => link);
    if (this.#looks % CALL === 0 && !complete) this.#call();
    if (!this.#unmet) return;
    this.#unmet = false;
    for (const peer of this.#known.keys()) this.#meet(peer);
    for (const pair of this.#pairs.values()) pair.direct = this.#bond(pair.other) === "direct";
  }

  #bond(other: string): "direct" | "relay" | null {
    const roster = new Map([...this.#known].map(([peer, { role }]) => [peer, role] as const));
    return bond(this.me, other, roster.set(this.me, roleOf(this.#standing)));
  }

  #avoid(peer: string): void {
    this.#avoided.add(peer);
    const [oldest] = this.#avoided;
    if (this.#avoided.size > MAX_KNOWN && oldest) this.#avoided.delete(oldest);
  }

  /** Has no more to do with a peer for a while, or until it announces itself. */
  #cool(pair: Pair): void {
    const known = this.#known.get(pair.other);
    if (known) {
      known.due = this.#looks + COOL * 2 ** Math.min(known.refused, 5);
      known.refused += 1;
    }
    this.#end(pair);
  }

  #forget(peer: string): void {
    const pair = this.#pairs.get(peer);
    this.#known.delete(peer);
    if (pair) this.#end(pair);
  }

  #end(pair: Pair): void {
    this.#pairs.delete(pair.other);
    this.#unmet = true;
    const reason = pair.trouble || "The other peer is gone.";
    if (pair.link) this.#host.putOut(pair.link, reason);
    pair.close(reason, pair.link);
    this.changed();
  }
}

type Unaddressed<T> = T extends unknown ? Omit<T, "from" | "to"> : never;
