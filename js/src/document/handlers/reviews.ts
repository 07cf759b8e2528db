import { PeerPlanError } from "../../model/errors";
import type { OperationOf } from "../operations";
import type { PlanView } from "../plan_view";
import { defined, fact, notFound, own, person } from "./rules";

export function request(document: PlanView, op: OperationOf<"request_review">): void {
  const { id, actor, at: timestamp, note } = op;
  const number = document.revisions.length + 1;
  const { digest, frozen } = document;
  const fields = { id, digest, author: actor.id, timestamp, number, note, frozen };
  document.raw.write("revisions", id, fields);
}

export function submit(document: PlanView, op: OperationOf<"submit_review">): void {
  if (op.verdict === "approved") person(op.actor, "approve a plan");
  const current = document.revision;
  if (!current) {
    const told = "Nobody has asked for a review of this plan yet.";
    throw new PeerPlanError("stale", told, { data: { current: null } });
  }
  if (op.revision !== current.id || op.digest !== current.digest) {
    throw new PeerPlanError(
      "stale",
      `The verdict is on another revision; the current one is r${current.number}, ` +
        `${current.digest.slice(7, 14)}.`,
      { hint: "Read the current revision and give the verdict on that.", data: { current } },
    );
  }
  const { id, revision, digest, verdict, summary, at: timestamp } = op;
  const fields = { id, revision, digest, verdict, summary, author: op.actor.id, timestamp };
  document.raw.write("reviews", id, fields);
}

export function withdraw(document: PlanView, op: OperationOf<"withdraw_review">): void {
  person(op.actor, "withdraw a review");
  const review = document.reviews.get(op.reviewId);
  if (!review) throw notFound(`The plan has no review "${op.reviewId}".`);
  own(review.author, op.actor, "review");
  const withdrawn = { ...fact(op), reason: op.reason };
  document.raw.write("reviews", op.reviewId, { withdrawn });
}

export function setPolicy(document: PlanView, op: OperationOf<"set_policy">): void {
  person(op.actor, "change the approval policy");
  const { approvals, excludeAuthor } = op;
  for (const [name, value] of Object.entries(defined({ approvals, excludeAuthor }))) {
    document.raw.put("policy", name, value);
  }
}

export function revokeInvitation(document: PlanView, op: OperationOf<"revoke_invitation">): void {
  person(op.actor, "take an invitation back");
  if (document.raw.value("revocations", op.invitation) !== undefined) return;
  document.raw.put("revocations", op.invitation, { ...fact(op), reason: op.reason });
}
