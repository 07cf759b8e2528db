import type { Member } from "./handshake";

/** Breaches of the protocol by one person after which it is the last; one of a role is. */
const STRIKES = 3;

/**
 * The people whom this page put out, each by identity and invitation, for as long as it lives. A
 * person who is invited anew may come again. Owners may do everything, and are never barred.
 */
export class Barred {
  readonly #strikes = new Map<string, number>();

  /** Takes note that a member broke the protocol, or overstepped its role. */
  note(member: Member, overstepped: boolean): void {
    if (member.role === "owner") return;
    const who = nameOf(member);
    this.#strikes.set(who, (this.#strikes.get(who) ?? 0) + (overstepped ? STRIKES : 1));
  }

  /** Whether a member must not be linked with. */
  has(member: Member): boolean {
    return (this.#strikes.get(nameOf(member)) ?? 0) >= STRIKES;
  }
}

function nameOf({ identity, invitation }: Member): string {
  return `${identity.id} ${invitation}`;
}
