import type { Actor, Connection, Me, Member, SentOperation } from "../model/view";
import { isExpired } from "../sync/grant";
import { type Invitation, parseInvitation } from "../sync/invitation";
import { Mesh } from "../sync/mesh";
import { invited } from "../sync/standing";
import type { Local } from "./local";
import type { PageReplica } from "./page_replica";
import { type Participant, participantsIn } from "./participants";
import { mayAsk, type Site } from "./site";

/** A name must be there for others; this one until the person gave theirs. */
const NAMELESS = "Reader";

export interface RoomOptions {
  local: Local;
  replica: PageReplica;
  site: Site;
  invitation: Invitation;
  /** Called when the connection, or who is here, may be another. */
  changed: () => void;
}

/** The invitation in a plan's URL; throws as `parseInvitation`. */
export function readInvitation(fragment: string, plan: string): Invitation {
  return parseInvitation(fragment, plan);
}

/** The room of the plan as this page lives in it. */
export class PageRoom {
  /** Room servers that the invitation names and the page may not talk to. */
  readonly refused: readonly string[];
  readonly #options: RoomOptions;
  readonly #invitation: Invitation;
  readonly #since = Math.floor(Date.now() / 1000);
  #mesh: Mesh;
  /** As others see it; who is met later is told the name that was given since. */
  readonly #person: { -readonly [field in keyof Actor]: Actor[field] };
  /** Whether somebody may have been met by hand, who could not be met again without. */
  #byHand = false;
  #focus: string | null = null;
  #left = false;

  constructor(options: RoomOptions) {
    const { site, invitation } = options;
    this.#options = options;
    this.#person = this.#actor();
    const allowed = invitation.servers.filter((one) => mayAsk(site, new URL(one)));
    this.refused = invitation.servers.filter((one) => !allowed.includes(one));
    const servers = allowed.length > 0 ? allowed : site.servers;
    this.#invitation = { ...invitation, servers };
    this.#mesh = this.#opened();
  }

  get connection(): Connection {
    return this.#mesh.connection;
  }

  get participants(): Participant[] {
    return participantsIn(this.#mesh.present, this.#mesh.me);
  }

  /** The other peers of the room. */
  get members(): Member[] {
    return this.#mesh.members.map(({ rtt: _, ...member }) => member);
  }

  /** Why the invitation holds no longer. */
  get over(): Me["over"] {
    const { grant } = this.#invitation;
    if (this.#mesh.revoked || this.#options.replica.revoked(grant.invitation)) return "revoked";
    return isExpired(grant, Date.now() / 1000) ? "expired" : undefined;
  }

  /** Why somebody could not be met, in sentences. */
  get troubles(): string[] {
    return this.#mesh.members.flatMap(({ trouble, path }) => (trouble && !path ? [trouble] : []));
  }

  /** Whether an owner is here who has acknowledged everything that was written. */
  get isDelivered(): boolean {
    return this.#mesh.ownerHasAll;
  }

  say(focus: string | null): void {
    this.#focus = focus;
    this.#mesh.say([this.#me()]);
  }

  /** As `Mesh.intend`. */
  intend(operation: SentOperation): (() => void) | null {
    return this.#mesh.intend(operation);
  }

  /** Meets everybody again under the name that was given now, or tells it those who are here. */
  async renamed(): Promise<void> {
    Object.assign(this.#person, this.#actor());
    if (this.#byHand) {
      this.say(this.#focus);
      return;
    }
    await this.#mesh.close();
    if (!this.#left) this.#mesh = this.#opened();
  }

  /** The bytes of an artifact from a peer, or null. */
  async artifact(hash: string, size: number): Promise<Blob | null> {
    return this.#mesh.artifacts.fetch(hash, { size }).catch(() => null);
  }

  introduce(): ReturnType<Mesh["introduce"]> {
    this.#byHand = true;
    return this.#mesh.introduce();
  }

  answer(text: string): ReturnType<Mesh["answer"]> {
    this.#byHand = true;
    return this.#mesh.answer(text);
  }

  close(): void {
    this.#left = true;
    void this.#mesh.close();
  }

  #opened(): Mesh {
    const { local, replica, changed } = this.#options;
    const standing = invited(this.#invitation, this.#person, local.identity.key);
    const mesh = new Mesh(standing, replica);
    mesh.subscribe(changed);
    mesh.open();
    mesh.say([this.#me(mesh.me)]);
    return mesh;
  }

  #actor(): Actor {
    const { actor } = this.#options.local;
    return { ...actor, name: actor.name || NAMELESS };
  }

  #me(peer = this.#mesh.me): Participant {
    const more = { focus: this.#focus, waiting: false, working: false, since: this.#since };
    return { peer, actor: { ...this.#person }, ...more };
  }
}
