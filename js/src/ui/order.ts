import type { Annotation, Plan } from "../model/view";
import type { Filter } from "./state";

/** Whether a filter lets an annotation through; the open thread always stays. */
export function passes(one: Annotation, filter: Filter): boolean {
  if (filter === "all") return true;
  return !one.withdrawn && one.state === filter;
}

/** Whether an annotation has lost the text that it was about. */
export function isUnanchored(one: Annotation): boolean {
  return one.target.type === "text" && (!one.anchor || one.anchor.state === "unanchored");
}

type Place = readonly [number, number, number];

/** Annotations in the order of what they are about, top to bottom of the page. */
export function inOrder(annotations: readonly Annotation[], plan: Plan): Annotation[] {
  const place = placer(plan);
  return annotations
    .map((one) => ({ one, at: place(one) }))
    .sort((a, b) => compare(a.at, b.at) || (a.one.id < b.one.id ? -1 : 1))
    .map(({ one }) => one);
}

function placer(plan: Plan): (one: Annotation) => Place {
  const steps = new Map(plan.steps.map((step, index) => [step.id, index]));
  const artifacts = new Map(plan.artifacts.map((artifact, index) => [artifact.id, index]));
  const last = plan.steps.length;
  return ({ target, anchor }) => {
    if (target.type === "plan") return [0, 0, 0];
    if (target.type === "text") return [1, anchor?.start ?? -1, 0];
    if (target.type === "step") return [2, steps.get(target.stepId) ?? last, 0];
    const index = artifacts.get(target.artifactId) ?? -1;
    const step = plan.artifacts[index]?.stepId;
    return [2, (step === undefined ? undefined : steps.get(step)) ?? last + 1, 1 + index];
  };
}

function compare(a: Place, b: Place): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/** How many open annotations there are for each step, and for each artifact. */
export function openCounts(annotations: readonly Annotation[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { state, withdrawn, target } of annotations) {
    if (state !== "open" || withdrawn) continue;
    const id =
      target.type === "step" ? target.stepId : target.type === "artifact" ? target.artifactId : "";
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}
