import type { Actor, Presence } from "../model/view";
import type { MemberState } from "./members";

/** Participants that one peer may tell of. */
const MOST = 12;

/** What a page says of itself, in the form that kernels and servers use for all who are there
 * through them. `since` is in Unix seconds. */
export function participant(peer: string, actor: Actor, focus: string | null, since: number) {
  return [{ peer, actor, focus, waiting: false, working: false, since }];
}

/**
 * Who is here by what each peer says, in the shape of the view. What is not in that form is left
 * out, and so are people of whom a peer speaks that is neither they nor an owner.
 */
export function participantsIn(
  present: Record<string, unknown>,
  members: readonly MemberState[],
): Presence[] {
  const known = new Map(members.map((one) => [one.peer, one]));
  return Object.entries(present).flatMap(([peer, said]) => {
    const told = Array.isArray(said) ? said.slice(0, MOST).filter(isPresence) : [];
    return told.filter(({ actor }) => mayTellOf(actor, known.get(peer))).map(shown);
  });
}

/** Peers that are not linked with this one are told of by owners, who relay. */
function mayTellOf(actor: Actor, teller: MemberState | undefined): boolean {
  if (!teller?.identity || teller.role === "owner" || actor.kind === "agent") return true;
  return actor.id === teller.identity.id;
}

function isPresence(value: unknown): value is Presence {
  if (typeof value !== "object" || value === null) return false;
  const { peer, actor, focus, working, since } = value as Partial<Record<string, unknown>>;
  const placed = typeof focus === "string" || focus === null || focus === undefined;
  const known = typeof peer === "string" && typeof since === "number" && isActor(actor);
  return known && placed && typeof working === "boolean";
}

function isActor(value: unknown): value is Actor {
  if (typeof value !== "object" || value === null) return false;
  const { id, name, kind } = value as Partial<Actor>;
  return (
    typeof id === "string" && typeof name === "string" && (kind === "human" || kind === "agent")
  );
}

function shown({ peer, actor, focus, working, since }: Presence): Presence {
  return { peer, actor, focus: focus ?? null, working, since };
}
