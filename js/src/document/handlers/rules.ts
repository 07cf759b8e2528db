import { PeerPlanError } from "../../model/errors";
import type { Actor, Annotation } from "../../model/view";
import type { PlanView } from "../plan_view";

/** What every operation says about itself. */
interface Doing {
  id: string;
  actor: Actor;
  at: number;
}

/** That something was done, by whom and when. */
export function fact({ id, actor, at }: Doing): { by: string; at: number; op: string } {
  return { by: actor.id, at, op: id };
}

/** An annotation that was not withdrawn. */
export function openAnnotation(document: PlanView, key: string): Annotation {
  const annotation = document.findAnnotation(key);
  if (!annotation) throw notFound(`The plan has no annotation "${key}".`);
  if (annotation.withdrawn) {
    throw notFound(`The annotation "${key}" was withdrawn by its author.`);
  }
  return annotation;
}

/** Throws `not_found` where the plan has no such step. */
export function checkStep(document: PlanView, key: string): void {
  const ids = document.steps.map(({ id }) => id);
  if (ids.includes(key)) return;
  throw new PeerPlanError("not_found", `The plan has no step "${key}".`, { data: { steps: ids } });
}

/** Throws `not_found` where the plan has no such artifact. */
export function checkArtifact(document: PlanView, key: string): void {
  if (!document.artifacts.has(key)) throw notFound(`The plan has no artifact "${key}".`);
}

/** Throws `forbidden` for anybody but the author. */
export function own(author: string, actor: Actor, what: string): void {
  if (author === actor.id) return;
  const told = `This ${what} is by somebody else; only its author may change it.`;
  throw new PeerPlanError("forbidden", told, { hint: "Reply to it instead." });
}

/** Throws `forbidden` for agents. */
export function person(actor: Actor, what: string): void {
  if (actor.kind === "human") return;
  const told = `An agent cannot ${what}: decisions belong to people.`;
  throw new PeerPlanError("forbidden", told, {
    hint: "Ask for a review and wait for the verdict.",
  });
}

export function notFound(message: string): PeerPlanError {
  return new PeerPlanError("not_found", message);
}

/** `fields` without those that are undefined. */
export function defined(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
