import { PeerPlanError } from "../../model/errors";
import type { OperationOf } from "../operations";
import type { PlanView } from "../plan_view";
import { checkArtifact, checkStep, defined, fact } from "./rules";

export function add(document: PlanView, op: OperationOf<"add_artifact">): void {
  const { artifactId: id, type, name, file, hash, size, mediaType, stepId, caption } = op;
  if (stepId !== undefined) checkStep(document, stepId);
  if (document.raw.record("artifacts", id)) {
    throw new PeerPlanError("invalid_input", `There is an artifact "${id}" already.`);
  }
  const told = defined({ type, name, file, hash, size, mediaType, stepId, caption });
  const fields = { ...told, id, author: op.actor.id, timestamp: op.at };
  document.raw.write("artifacts", id, fields);
}

export function withdraw(document: PlanView, op: OperationOf<"withdraw_artifact">): void {
  checkArtifact(document, op.artifactId);
  const withdrawn = { ...fact(op), reason: op.reason };
  document.raw.write("artifacts", op.artifactId, { withdrawn });
}
