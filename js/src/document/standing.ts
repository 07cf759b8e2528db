import type { Identity, Plan, Review, Revision } from "../model/view";
import { byCodePoint } from "./text";

/** What revisions, reviews and policy make of a plan. */
export interface Standing {
  status: Plan["status"];
  approval: NonNullable<Plan["approval"]>;
  /** The review that decides. */
  review?: Review;
}

/** What a standing follows from. */
export interface Grounds {
  revision: Revision | undefined;
  digest: string;
  reviews: readonly Review[];
  policy: Plan["policy"];
  owner: string;
  identities: Readonly<Record<string, Identity>>;
}

/**
 * The status and why. Reviews count when they are bound to the current revision and its digest and
 * not withdrawn; of one author the last verdict, which a mere comment does not lift. Agents'
 * approvals and, if the policy says so, the owner's do not count. An edit after an approval makes it
 * stale and the plan a draft again; after changes were requested the plan stays so until the next
 * revision.
 */
export function standing(grounds: Grounds): Standing {
  const { revision, policy } = grounds;
  const required = policy.approvals;
  if (!revision) return { status: "draft", approval: { required, given: [], stale: false } };
  const bound = verdicts(revision, grounds.reviews);
  const against = bound.findLast((one) => one.verdict === "changes_requested");
  const approvals = bound.filter((one) => one.verdict === "approved" && counts(one, grounds));
  const stale = revision.digest !== grounds.digest;
  const approval = { required, given: approvals.map(({ id }) => id), stale };
  if (against) return { status: "changes_requested", approval, review: against };
  if (approvals.length < required) return { status: "pending_review", approval };
  return { status: stale ? "draft" : "approved", approval, review: approvals.at(-1)! };
}

function verdicts(revision: Revision, reviews: readonly Review[]): Review[] {
  const last = new Map<string, Review>();
  for (const one of [...reviews].sort((a, b) => byCodePoint(a.id, b.id))) {
    if (one.withdrawn || one.verdict === "commented") continue;
    if (one.revision === revision.id && one.digest === revision.digest) last.set(one.author, one);
  }
  return [...last.values()].sort((a, b) => byCodePoint(a.id, b.id));
}

function counts({ author }: Review, { policy, owner, identities }: Grounds): boolean {
  const human = Object.hasOwn(identities, author) && identities[author]!.kind === "human";
  return human && !(policy.excludeAuthor && author === owner);
}
