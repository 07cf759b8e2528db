import type { Actor, AgentState, Presence } from "../model/view";

/** Somebody who is with the plan through one page, as peers tell each other. */
export interface Participant extends Presence {
  /** An agent that waits for feedback. */
  waiting: boolean;
}

/** Participants that one peer may tell of. */
const MOST = 12;

/** Those whom the presence of all peers tells of, each once; `me` is this page among the peers. */
export function participantsIn(
  states: Readonly<Record<string, unknown>>,
  me: string,
): Participant[] {
  const found = new Map<string, Participant>();
  for (const [via, said] of Object.entries(states)) {
    for (const one of Array.isArray(said) ? said.slice(0, MOST) : []) {
      const read = participant(one);
      if (!read || found.has(read.peer)) continue;
      found.set(read.peer, via === me ? read : { ...read, via });
    }
  }
  return [...found.values()];
}

/** What the plan's agent does; `before` is what it was last known to do. */
export function agentIn(participants: readonly Participant[], before: AgentState): AgentState {
  const agents = participants.filter(({ actor }) => actor.kind === "agent");
  const one = agents.find(({ waiting }) => waiting) ?? agents[0];
  if (one) {
    const state = one.waiting ? "waiting" : "working";
    return { state, name: one.actor.name, since: one.since };
  }
  if (before.state === "none" || before.state === "away") return before;
  return { state: "away", name: before.name, since: Math.floor(Date.now() / 1000) };
}

function participant(value: unknown): Participant | null {
  if (typeof value !== "object" || value === null) return null;
  const { peer, actor, focus, waiting, working, since } = value as Record<string, unknown>;
  if (typeof peer !== "string" || !isActor(actor)) return null;
  return {
    peer,
    actor: { id: actor.id, name: actor.name.slice(0, 100), kind: actor.kind },
    focus: typeof focus === "string" ? focus : null,
    waiting: waiting === true,
    working: working === true,
    since: Number.isSafeInteger(since) ? (since as number) : 0,
  };
}

function isActor(value: unknown): value is Actor {
  if (typeof value !== "object" || value === null) return false;
  const { id, name, kind } = value as Record<string, unknown>;
  return (
    typeof id === "string" &&
    typeof name === "string" &&
    name !== "" &&
    (kind === "human" || kind === "agent")
  );
}
