import type { Actor, Live, Member, Presence } from "../model/view";

/** Somebody who has the plan open, or is in its room. */
export interface Somebody extends Actor {
  me: boolean;
  /** Whether they have the plan open. */
  here: boolean;
  working: boolean;
  /** How they are linked with this host, where they are in the room by themselves. */
  member?: Member;
  /** The name of the member through whom they are here, who alone vouches for that. */
  through?: string;
}

/** Everybody, each once: me first, then who has the plan open, then who is only connected. */
export function everybody({ me, presence, members = [] }: Live): Somebody[] {
  const proved = new Map<string, Member>();
  for (const one of members) {
    const known = one.identity && proved.get(one.identity.id);
    if (one.identity && (!known || rank(one) > rank(known))) proved.set(one.identity.id, one);
  }
  const found = new Map<string, Somebody>();
  found.set(me.id, { ...named(me), me: true, here: true, working: false });
  for (const one of presence) {
    const somebody = isClaimed(one, me.id, members, proved) ? null : present(one, members, proved);
    const known = found.get(one.actor.id);
    if (!somebody || (known && !one.working)) continue;
    found.set(one.actor.id, known ? { ...known, working: true } : somebody);
  }
  const connected = members.filter(({ identity }) => !identity || !found.has(identity.id));
  const others = connected.filter((one) => !one.identity || proved.get(one.identity.id) === one);
  return [...found.values(), ...others.map(connectedOnly)];
}

/** A member who says that somebody else is here, who is in the room by themselves. */
function isClaimed(
  { actor, via }: Presence,
  me: string,
  members: readonly Member[],
  proved: ReadonlyMap<string, Member>,
): boolean {
  const sayer = members.find(({ peer }) => peer === via)?.identity?.id;
  return sayer !== undefined && sayer !== actor.id && (actor.id === me || proved.has(actor.id));
}

function present(
  { actor, working, via }: Presence,
  members: readonly Member[],
  proved: ReadonlyMap<string, Member>,
): Somebody {
  const member = proved.get(actor.id);
  const sayer = members.find(({ peer }) => peer === via)?.identity;
  return {
    ...named(actor),
    me: false,
    here: true,
    working,
    ...(member && { member }),
    ...(!member && sayer && { through: sayer.name }),
  };
}

function connectedOnly(member: Member): Somebody {
  const { id, name, kind } = member.identity ?? { id: member.peer, name: "", kind: "human" };
  return { id, name, kind, me: false, here: false, working: false, member };
}

function named({ id, name, kind }: Actor): Actor {
  return { id, name, kind };
}

const PATHS: readonly Member["path"][] = [null, "relay", "turn", "local", "direct"];

function rank({ path }: Member): number {
  return PATHS.indexOf(path);
}
