import type { PlanDocument } from "../document/document";
import type { ParsedOperation } from "../document/operations";
import { PeerPlanError } from "../model/errors";
import type { MemberRole } from "../sync/grant";

const FREE: ReadonlySet<string> = new Set([
  "annotate",
  "reply",
  "react",
  "submit_review",
  "withdraw_review",
]);

const OWN: ReadonlySet<string> = new Set(["edit", "withdraw", "reanchor", "resolve", "reopen"]);

/**
 * Throws `forbidden` if a member of this role may not do it, as `plan/roles.py` does: other peers
 * check what comes from this page, and put it out; here it is said in time.
 */
export function checkRole(role: MemberRole, operation: ParsedOperation, plan: PlanDocument): void {
  if (role === "owner" || (role === "reviewer" && isReviewing(operation, plan))) return;
  const may = role === "reviewer" ? "comment and review" : "read";
  const what = operation.op.replaceAll("_", " ");
  throw new PeerPlanError(
    "forbidden",
    `As a ${role} of this plan you may ${may}, and not ${what}${OWN.has(operation.op) && role === "reviewer" ? " what others wrote" : ""}.`,
    { hint: "Ask the plan's owner, or for another invitation.", data: { reason: "role" } },
  );
}

function isReviewing(operation: ParsedOperation, plan: PlanDocument): boolean {
  if (FREE.has(operation.op)) return true;
  switch (operation.op) {
    case "edit":
      return operation.replyId !== undefined || isOwn(operation, plan);
    case "withdraw":
    case "reanchor":
    case "resolve":
    case "reopen":
      return isOwn(operation, plan);
    default:
      return false;
  }
}

function isOwn(
  { annotationId, actor }: { annotationId: string; actor: { id: string } },
  plan: PlanDocument,
): boolean {
  const found = plan.findAnnotation(annotationId);
  return found === undefined || found.author === actor.id;
}
