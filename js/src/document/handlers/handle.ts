import { decodeTime } from "ulid";
import { PeerPlanError } from "../../model/errors";
import { CLOCK_SLACK } from "../limits";
import type { OperationOf, ParsedOperation } from "../operations";
import type { PlanView } from "../plan_view";
import * as annotations from "./annotations";
import * as evidence from "./evidence";
import * as plan from "./plan";
import * as reviews from "./reviews";
import { fact, notFound } from "./rules";
import * as steps from "./steps";

type Handlers = {
  [K in ParsedOperation["op"]]: (document: PlanView, operation: OperationOf<K>) => void;
};

/** What each operation writes. Every handler checks first and writes last. */
const HANDLERS: Handlers = {
  create_plan: plan.create,
  edit_content: plan.editContent,
  edit_title: plan.editTitle,
  link_pull_request: plan.linkPullRequest,
  add_step: steps.add,
  update_step: steps.update,
  move_step: steps.move,
  remove_step: steps.remove,
  add_artifact: evidence.add,
  withdraw_artifact: evidence.withdraw,
  annotate: annotations.annotate,
  reply: annotations.reply,
  edit: annotations.edit,
  withdraw: annotations.withdraw,
  reanchor: annotations.reanchor,
  resolve: annotations.resolve,
  reopen: annotations.reopen,
  set_disposition: annotations.setDisposition,
  react: annotations.react,
  acknowledge: annotations.acknowledge,
  request_review: reviews.request,
  submit_review: reviews.submit,
  withdraw_review: reviews.withdraw,
  set_policy: reviews.setPolicy,
  revoke_invitation: reviews.revokeInvitation,
};

/** Carries out `operation` in the open transaction, or throws before anything is written. */
export function handle(document: PlanView, operation: ParsedOperation): void {
  if (!document.exists && operation.op !== "create_plan") {
    throw notFound("There is no plan here yet.");
  }
  if (document.raw.value("applied", operation.id) !== undefined) return;
  if (decodeTime(operation.id) > Date.now() + CLOCK_SLACK * 1000) {
    const told = `The operation's id ${operation.id} was made in the future.`;
    const hint = "Set the clock of the machine that made it.";
    throw new PeerPlanError("invalid_input", told, { hint });
  }
  const handler = HANDLERS[operation.op] as (
    document: PlanView,
    operation: ParsedOperation,
  ) => void;
  handler(document, operation);
  remember(document, operation);
}

function remember(document: PlanView, operation: ParsedOperation): void {
  const { id, name, kind } = operation.actor;
  const known = Object.hasOwn(document.identities, id) ? document.identities[id] : undefined;
  if (known?.name !== name || known.kind !== kind) {
    document.raw.put("identities", id, { name, kind });
  }
  if (operation.op !== "acknowledge") {
    const { by, at } = fact(operation);
    document.raw.put("applied", operation.id, { op: operation.op, by, at });
  }
}
