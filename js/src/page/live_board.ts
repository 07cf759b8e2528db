import type { PeerPlanError } from "../model/errors";
import type { Actor, AgentState, Connection, Live, Plan, Publication } from "../model/view";
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
}

const NOBODY: Actor = { id: "", name: "You", kind: "human" };

/** What is true now and is not part of the plan, as the interface shows it. */
export class LiveBoard {
  readonly #evidence: Evidence;
  #publication: Omit<Publication, "state">;
  #agent: AgentState = { state: "none", name: "", since: null };
  #failure = "";

  constructor(evidence: Evidence, { copies }: Site) {
    this.#evidence = evidence;
    const url = (globalThis.location?.href ?? "").replace(/#.*/, "");
    const { commit = "", at = null } = copies ?? {};
    this.#publication = { commit, at, error: "", url };
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
    const me = now?.actor ?? NOBODY;
    return {
      me: { ...me, name: me.name || NOBODY.name },
      presence: participants.map(({ waiting: _, ...one }) => one),
      connection: this.#connection(plan, now),
      artifacts: this.#evidence.states,
      publication: {
        ...this.#publication,
        state: (now?.unsent ?? 0) > 0 ? "pending" : "published",
      },
      agent: this.#agent,
    };
  }

  #connection(plan: Plan, now: Moment | null): Connection {
    const unsent = now?.unsent ?? 0;
    if (now?.connection) return { ...now.connection, unsent };
    const detail = this.#failure || `It was last changed ${stamp(lastChange(plan))}.`;
    return { state: "published", path: "", peers: 0, unsent, since: null, detail };
  }
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
