import type { Connection } from "../model/view";
import type { Path } from "./channel";
import type { MemberRole } from "./grant";
import type { Person } from "./hello";

/** Another peer of the room, as it is shown. */
export interface MemberState {
  peer: string;
  /** Null until it was proved. */
  identity: Person | null;
  /** What it claims, until it was proved. */
  role: MemberRole;
  /** The `did:key` of the invitation it came by; null for owners, and until it was proved. */
  invitation: string | null;
  /** Null while there is no link. */
  path: Path | null;
  /** Seconds to the other peer and back, when last measured. */
  rtt: number | null;
  /** Why there is no direct link. */
  trouble: string;
}

/** What is between this page and the others. */
export interface Standpoint {
  members: readonly MemberState[];
  /** Whether others could come: a room server answers. */
  reachable: boolean;
  /** Own changes that nobody has acknowledged. */
  unsent: number;
  detail: string;
  /** What is wrong besides, whoever is linked. */
  warning: string;
}

const WORDS: Record<Path, string> = {
  direct: "direct",
  turn: "TURN",
  relay: "relay",
  local: "this browser",
};

/** As the interface shows it; `since` keeps the time at which the state last was another. */
export function connectionOf(
  { members, reachable, unsent, detail, warning }: Standpoint,
  before: Connection | null,
): Connection {
  const linked = members.filter((one) => one.path !== null);
  const paths = [...new Set(linked.map((one) => one.path!))];
  const state = stateOf(paths, reachable);
  const why = linked.length > 0 ? members.find((one) => one.trouble)?.trouble : detail;
  const now = Math.floor(Date.now() / 1000);
  return {
    state,
    path: state === "relay" ? "" : paths.map((path) => WORDS[path]).join(" and "),
    peers: linked.length,
    unsent,
    since: before?.state === state ? before.since : now,
    detail: [why, warning].filter(Boolean).join(" "),
  };
}

function stateOf(paths: Path[], reachable: boolean): Connection["state"] {
  if (paths.length === 0) return reachable ? "alone" : "offline";
  return paths.every((path) => path === "relay") ? "relay" : "live";
}
