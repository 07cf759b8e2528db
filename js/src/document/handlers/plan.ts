import { length } from "../../model/code_points";
import { PeerPlanError } from "../../model/errors";
import { MAX_CONTENT, SCHEMA_VERSION } from "../limits";
import { merge3 } from "../merge";
import type { OperationOf } from "../operations";
import type { PlanView } from "../plan_view";
import { defined } from "./rules";
import { newSteps } from "./steps";

export function create(document: PlanView, op: OperationOf<"create_plan">): void {
  if (document.exists) {
    const told = `The plan "${document.id}" exists already.`;
    throw new PeerPlanError("invalid_input", told, { hint: "Edit it, or take another id." });
  }
  const steps = newSteps(op.steps);
  const { planId: id, title, actor, at: created, repo, branch, pr } = op;
  const fields = { schema: SCHEMA_VERSION, id, title, owner: actor.id, created, repo, branch, pr };
  for (const [name, value] of Object.entries(defined(fields))) {
    document.raw.put("plan", name, value);
  }
  if (op.content) document.raw.setContent(op.content);
  for (const [index, step] of steps.entries()) document.raw.insertStep(index, step);
}

export function editContent(document: PlanView, op: OperationOf<"edit_content">): void {
  const current = document.content;
  const merged = merge3(op.base, current, op.content);
  if (merged === null) {
    throw new PeerPlanError(
      "stale",
      "The content was changed by somebody else in the same lines since you read it.",
      {
        hint: "Merge your edit into `current` and send that, with `current` as its base.",
        data: { current },
      },
    );
  }
  if (length(merged) > MAX_CONTENT) {
    const told = `The content would be ${length(merged)} characters long; at most ${MAX_CONTENT} fit.`;
    throw new PeerPlanError("too_large", told);
  }
  document.raw.setContent(merged);
}

export function editTitle(document: PlanView, op: OperationOf<"edit_title">): void {
  document.raw.put("plan", "title", op.title);
}

export function linkPullRequest(document: PlanView, op: OperationOf<"link_pull_request">): void {
  document.raw.put("plan", "pr", op.pr);
  if (op.branch !== undefined) document.raw.put("plan", "branch", op.branch);
}
