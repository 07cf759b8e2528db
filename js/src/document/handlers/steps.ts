import { PeerPlanError } from "../../model/errors";
import type { NewStep } from "../../model/generated/parsed";
import { MAX_STEPS } from "../limits";
import type { OperationOf } from "../operations";
import type { PlanView } from "../plan_view";
import { read } from "../reading";
import { checkStep, defined } from "./rules";

/** The fields of a new plan's steps. */
export function newSteps(steps: readonly NewStep[]): Record<string, unknown>[] {
  const taken = new Set<string>();
  return steps.map((step) => newStep(step, taken));
}

/**
 * A step's fields under a free id: `step-1`, `step-2` and so on unless it names one. `mark` keeps
 * steps apart that two peers add at once.
 */
function newStep(step: NewStep, taken: Set<string>, mark = ""): Record<string, unknown> {
  let number = taken.size + 1;
  while (!step.id && taken.has(`step-${number}${mark}`)) number++;
  const id = step.id ?? `step-${number}${mark}`;
  if (taken.has(id)) {
    const told = `There is a step "${id}" already.`;
    throw new PeerPlanError("invalid_input", told, { hint: "Take another id." });
  }
  taken.add(id);
  return { ...step, id };
}

export function add(document: PlanView, op: OperationOf<"add_step">): void {
  const { steps } = document;
  if (steps.length >= MAX_STEPS) {
    const told = `The plan has ${steps.length} steps; at most ${MAX_STEPS} fit.`;
    throw new PeerPlanError("too_large", told);
  }
  const index = Math.min(op.index ?? steps.length, steps.length);
  const taken = new Set(steps.map(({ id }) => id));
  document.raw.insertStep(index, newStep(op.step, taken, `-${op.id.slice(-5).toLowerCase()}`));
}

export function update(document: PlanView, op: OperationOf<"update_step">): void {
  const { title, description, criteria, status } = op;
  const fields = defined({ title, description, criteria, status });
  document.raw.updateStep(indexOf(document, op.stepId), fields);
}

export function move(document: PlanView, op: OperationOf<"move_step">): void {
  const last = document.steps.length - 1;
  document.raw.moveStep(indexOf(document, op.stepId), Math.min(op.index, last));
}

export function remove(document: PlanView, op: OperationOf<"remove_step">): void {
  document.raw.removeStep(indexOf(document, op.stepId));
}

/** Where a step is in the raw list, which may hold records that are no steps. */
function indexOf(document: PlanView, key: string): number {
  checkStep(document, key);
  let place = document.steps.findIndex(({ id }) => id === key);
  return document.raw.steps().findIndex((raw) => read("Step", raw) && place-- === 0);
}
