import type { Operation, Actor as PlanActor } from "./generated/operations";
import type {
  Annotation,
  Artifact,
  Identity,
  Plan,
  Review,
  Revision,
  Step,
} from "./generated/plan";

export type { Operation } from "./generated/operations";
export type {
  Anchor,
  Annotation,
  Artifact,
  Identity,
  Plan,
  Reply,
  Review,
  Revision,
  Step,
  TextTarget,
} from "./generated/plan";

export type Actor = PlanActor;
export type Target = Annotation["target"];
export type AnnotationType = Annotation["type"];
export type Disposition = NonNullable<Annotation["disposition"]>["value"];
export type Verdict = Review["verdict"];
export type NewTarget = Extract<Operation, { op: "annotate" }>["target"];

type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never;

/** An operation as the interface makes it: the host says who acts. */
export type Draft = Without<Operation, "actor" | "id" | "at">;

/** A draft under the id that makes it idempotent. */
export type SentOperation = Draft & { id: string; at: number };

export interface Presence {
  peer: string;
  actor: Actor;
  working: boolean;
  /** The id of what the peer looks at. */
  focus: string | null;
  since: number;
  /** The member of the room through whom they are here; absent for who is here at this host. */
  via?: string;
}

export type MemberRole = "owner" | "reviewer" | "viewer";

/** Another peer in the plan's room. */
export interface Member {
  peer: string;
  /** Null until it was proved. */
  identity: Actor | null;
  /** What it claims, until it was proved. */
  role: MemberRole;
  /** How it is linked; null while it is not. */
  path: "direct" | "turn" | "relay" | "local" | null;
  /** Why there is no direct link. */
  trouble: string;
  /** The id of the invitation it came by; null for owners of the room, and until it was proved. */
  invitation?: string | null;
}

/** The person at this page. */
export interface Me extends Actor {
  /** In the plan's room; `owner` where it is not said. */
  role?: MemberRole;
  /** Why the invitation that they came by holds no longer. */
  over?: "expired" | "revoked";
  /** Whether they may invite others. */
  invites?: boolean;
}

export interface Connection {
  state: "live" | "relay" | "alone" | "offline" | "published";
  path: string;
  peers: number;
  unsent: number;
  since: number | null;
  detail: string;
}

export interface ArtifactState {
  state: "verified" | "unpublished" | "mismatch" | "missing" | "checking";
  detail: string;
}

export interface Publication {
  state: "unpublished" | "published" | "pending" | "failed";
  commit: string;
  at: number | null;
  error: string;
  url: string;
}

export interface AgentState {
  state: "waiting" | "working" | "away" | "none";
  name: string;
  since: number | null;
}

/** What is true now and is not part of the plan. */
export interface Live {
  me: Me;
  presence: Presence[];
  /** The other peers in the plan's room; absent where there is none. */
  members?: Member[];
  /** The id of whose room it is. */
  host?: string;
  /** What I wrote and no owner has yet, under the keys that `newsOf` gives. */
  unsent?: string[];
  connection: Connection;
  artifacts: Record<string, ArtifactState>;
  publication: Publication;
  agent: AgentState;
}

export interface View {
  seq: number;
  plan: Plan;
  live: Live;
  /** Whether the annotations, of which there are many, are still to come. */
  beginning?: boolean;
}

export type DeltaPart = { retain: number } | { insert: string } | { delete: number };

type Header = Pick<Plan, "title" | "status" | "pr" | "branch" | "policy" | "approval" | "review">;

/** By id; null means that the entity is gone. */
export type Changed<T> = Record<string, T | null>;

/** Only what changed; every key but `seq` may be absent. */
export interface ChangeSet {
  seq: number;
  header?: { [K in keyof Header]?: Header[K] | null };
  content?: { text: string; delta: DeltaPart[] };
  steps?: Step[];
  artifacts?: Changed<Artifact>;
  annotations?: Changed<Annotation>;
  reviews?: Changed<Review>;
  revisions?: Changed<Revision>;
  identities?: Changed<Identity>;
}

/** What a host says when it refuses; the same codes as everywhere. */
export interface WireError {
  code: string;
  message: string;
  hint: string;
  data?: unknown;
}
