import type { PeerPlanError } from "../model/errors";
import type {
  Actor,
  AgentState,
  Connection,
  Live,
  Me,
  Member,
  MemberRole,
  Plan,
  Publication,
} from "../model/view";
import type { Evidence } from "./evidence";
import { agentIn, type Participant } from "./participants";
import type { Site } from "./site";

/** What the workshop tells of the moment. */
export interface Moment {
  actor: Actor;
  /** Null without a room. */
  connection: Connection | null;
  participants: readonly Participant[];
  unsent: number;
  /** What is new by it, under the keys that `newsOf` of the interface gives. */
  news: readonly string[];
  /** What the person may do. */
  role: MemberRole;
  /** Why the invitation holds no longer. */
  over: Me["over"];
  /** The other peers of the room; null without one. */
  members: readonly Member[] | null;
  /** The id of whose room it is; empty without one. */
  host: string;
}

const NOBODY: Me = { id: "", name: "You", kind: "human", role: "reviewer" };

/** What is true now and is not part of the plan, as the interface shows it. */
export class LiveBoard {
  readonly #evidence: Evidence;
  #publication: Omit<Publication, "state">;
  #agent: AgentState = { state: "none", name: "", since: null };
  #failure = "";
  #found = false;

  constructor(evidence: Evidence, { copies }: Site) {
    this.#evidence = evidence;
    const url = (globalThis.location?.href ?? "").replace(/#.*/, "");
    const { commit = "", at = null } = copies ?? {};
    this.#publication = { commit, at, error: "", url };
  }

  /** What is published was read. */
  wasFound(): void {
    this.#failure = "";
    this.#found = true;
  }

  /** The plan branch was written to from here. */
  wasPublished(commit: string): void {
    this.#failure = "";
    this.#publication = { ...this.#publication, commit, at: Math.floor(Date.now() / 1000) };
  }

  /** What is published could not be read. */
  failed({ message }: PeerPlanError): void {
    this.#failure = message;
  }

  live(plan: Plan, now: Moment | null): Live {
    const participants = now?.participants ?? [];
    this.#agent = agentIn(participants, this.#agent);
    return {
      me: meOf(now),
      ...(now && roomOf(now)),
      presence: participants.map(({ waiting: _, ...one }) => one),
      connection: this.#connection(plan, now),
      artifacts: this.#evidence.states,
      publication: {
        ...this.#publication,
        state: this.#standing(now),
      },
      agent: this.#agent,
    };
  }

  #standing(now: Moment | null): Publication["state"] {
    if (!this.#found) return "unpublished";
    return (now?.unsent ?? 0) > 0 ? "pending" : "published";
  }

  #connection(plan: Plan, now: Moment | null): Connection {
    const unsent = now?.unsent ?? 0;
    if (now?.connection) return { ...now.connection, unsent };
    const detail = this.#failure || `It was last changed ${stamp(lastChange(plan))}.`;
    return { state: "published", path: "", peers: 0, unsent, since: null, detail };
  }
}

/** Who is in the room, and what waits for its owner. */
function roomOf({ members, host, news }: Moment): Pick<Live, "members" | "host" | "unsent"> {
  return members ? { members: [...members], host, unsent: [...news] } : {};
}

function meOf(now: Moment | null): Me {
  if (!now) return NOBODY;
  const { actor, role, over } = now;
  return { ...actor, name: actor.name || NOBODY.name, role, ...(over && { over }) };
}

/** Unix seconds of the youngest thing in a plan. */
function lastChange({ created, annotations, reviews, revisions }: Plan): number {
  const times = [...annotations, ...reviews, ...revisions].map(({ timestamp }) => timestamp);
  return times.reduce((last, one) => Math.max(last, one), created);
}

function stamp(seconds: number): string {
  return new Date(seconds * 1000).toLocaleString(undefined, {
    dateStyle: "medium",
    timeStyle: "short",
  });
}
