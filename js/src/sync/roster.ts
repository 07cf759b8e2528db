import type { MemberRole } from "./grant";

/** Peers among whom everybody is linked with everybody. */
export const FULL = 12;

/**
 * How two peers of the roster (peer id to the role it claims) are linked, if at all. The oldest
 * ids, up to `FULL`, are all linked directly. Those beyond are linked through the relay with the
 * owners, who send everything to everybody, or where there is none with the oldest.
 */
export function bond(
  one: string,
  other: string,
  roster: ReadonlyMap<string, MemberRole>,
): "direct" | "relay" | null {
  const oldest = [...roster.keys()].sort().slice(0, FULL);
  const [first, second] = [oldest.includes(one), oldest.includes(other)];
  if (first && second) return "direct";
  if (roster.get(one) === "owner" || roster.get(other) === "owner") return "relay";
  const owned = [...roster.values()].includes("owner");
  return !owned && (first || second) ? "relay" : null;
}
