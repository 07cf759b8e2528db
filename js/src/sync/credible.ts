import type { MemberState } from "./members";

/**
 * What peers say of who is here, without those of whom they may not speak: who is linked with this
 * peer and is no owner tells of itself and of agents alone. Others are told of by owners, who
 * relay.
 */
export function credible(
  present: Record<string, unknown>,
  members: readonly MemberState[],
): Record<string, unknown> {
  const known = new Map(members.map((one) => [one.peer, one]));
  const told = Object.entries(present).map(([peer, said]) => {
    const teller = known.get(peer);
    if (!Array.isArray(said) || !teller?.identity || teller.role === "owner") return [peer, said];
    const { id } = teller.identity;
    return [peer, said.filter((one: unknown) => isOf(one, id))];
  });
  return Object.fromEntries(told);
}

function isOf(participant: unknown, id: string): boolean {
  const { actor } = (participant ?? {}) as { actor?: { id?: unknown; kind?: unknown } };
  return actor?.id === id || actor?.kind === "agent";
}
