import { PeerPlanError } from "../../model/errors";
import type { Target } from "../../model/view";
import type { OperationOf } from "../operations";
import type { PlanView } from "../plan_view";
import { REACTION, REPLY } from "../projection";
import { bind } from "../targets";
import { checkArtifact, checkStep, fact, notFound, openAnnotation, own } from "./rules";

export function annotate(document: PlanView, op: OperationOf<"annotate">): void {
  const id = op.annotationId ?? op.id;
  if (document.raw.record("annotations", id)) {
    throw new PeerPlanError("invalid_input", `There is an annotation "${id}" already.`);
  }
  const { type, content, at: timestamp } = op;
  const fields = { id, author: op.actor.id, type, content, timestamp };
  document.raw.write("annotations", id, { ...fields, ...stored(document, op.target) });
}

/** A target's stored fields, checked to exist in the plan as it is. */
function stored(document: PlanView, target: Target): Record<string, unknown> {
  if (target.type === "text") {
    return { target: bind(target, document.raw.text, document.passage) };
  }
  if (target.type === "artifact") checkArtifact(document, target.artifactId);
  if (target.type !== "step") return { target };
  checkStep(document, target.stepId);
  return { target, stepId: target.stepId };
}

export function reply(document: PlanView, op: OperationOf<"reply">): void {
  openAnnotation(document, op.annotationId);
  const { id, content, at: timestamp } = op;
  const made = { id, author: op.actor.id, content, timestamp };
  document.raw.write("annotations", op.annotationId, { [REPLY + id]: made });
}

export function edit(document: PlanView, op: OperationOf<"edit">): void {
  const annotation = openAnnotation(document, op.annotationId);
  const { content, at: edited } = op;
  if (op.replyId === undefined) {
    own(annotation.author, op.actor, "annotation");
    document.raw.write("annotations", op.annotationId, { content, edited });
    return;
  }
  const found = annotation.replies.find(({ id }) => id === op.replyId);
  if (!found) throw notFound(`The annotation has no reply "${op.replyId}".`);
  own(found.author, op.actor, "reply");
  const { id, author, timestamp } = found;
  const made = { id, author, timestamp, content, edited };
  document.raw.write("annotations", op.annotationId, { [REPLY + id]: made });
}

export function withdraw(document: PlanView, op: OperationOf<"withdraw">): void {
  const annotation = openAnnotation(document, op.annotationId);
  own(annotation.author, op.actor, "annotation");
  const withdrawn = { ...fact(op), reason: op.reason };
  document.raw.write("annotations", op.annotationId, { withdrawn });
}

export function reanchor(document: PlanView, op: OperationOf<"reanchor">): void {
  openAnnotation(document, op.annotationId);
  document.raw.write("annotations", op.annotationId, stored(document, op.target));
}

export function resolve(document: PlanView, op: OperationOf<"resolve">): void {
  setState(document, op, "resolved");
}

export function reopen(document: PlanView, op: OperationOf<"reopen">): void {
  setState(document, op, "open");
}

function setState(
  document: PlanView,
  op: OperationOf<"resolve" | "reopen">,
  value: "resolved" | "open",
): void {
  if (openAnnotation(document, op.annotationId).state === value) return;
  document.raw.write("annotations", op.annotationId, { state: { ...fact(op), value } });
}

export function setDisposition(document: PlanView, op: OperationOf<"set_disposition">): void {
  openAnnotation(document, op.annotationId);
  const disposition = { ...fact(op), value: op.disposition, note: op.note };
  document.raw.write("annotations", op.annotationId, { disposition });
}

export function react(document: PlanView, op: OperationOf<"react">): void {
  openAnnotation(document, op.annotationId);
  if (op.emoji.includes(":")) {
    throw new PeerPlanError("invalid_input", "An emoji must not contain a colon.");
  }
  const key = `${REACTION}${op.emoji}:${op.actor.id}`;
  document.raw.write("annotations", op.annotationId, { [key]: op.on });
}

export function acknowledge(document: PlanView, op: OperationOf<"acknowledge">): void {
  for (const item of op.items) {
    const key = `${op.state}:${item}`;
    if (document.raw.value("receipts", key) === undefined) {
      document.raw.put("receipts", key, op.at);
    }
  }
}
