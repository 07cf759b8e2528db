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

/** A plan's annotations in the order of what they are about, top to bottom of the page. */
export function inOrder({ annotations, steps, artifacts }: Plan): readonly Annotation[] {
  const known = orders.get(annotations);
  if (known && known.steps === steps && known.artifacts === artifacts) return known.ordered;
  const place = placer(steps, artifacts);
  const ordered = annotations
    .map((one) => ({ one, at: place(one) }))
    .sort((a, b) => compare(a.at, b.at) || (a.one.id < b.one.id ? -1 : 1))
    .map(({ one }) => one);
  orders.set(annotations, { steps, artifacts, ordered });
  return ordered;
}

interface Order extends Pick<Plan, "steps" | "artifacts"> {
  ordered: readonly Annotation[];
}

/** Sorting ten thousand at every key would be felt. */
const orders = new WeakMap<readonly Annotation[], Order>();

function placer(inSteps: Plan["steps"], inArtifacts: Plan["artifacts"]) {
  const steps = new Map(inSteps.map((step, index) => [step.id, index]));
  const artifacts = new Map(inArtifacts.map((artifact, index) => [artifact.id, index]));
  const last = inSteps.length;
  return ({ target, anchor }: Annotation): Place => {
    if (target.type === "plan") return [0, 0, 0];
    if (target.type === "text") return [1, anchor?.start ?? -1, 0];
    if (target.type === "step") return [2, steps.get(target.stepId) ?? last, 0];
    const index = artifacts.get(target.artifactId) ?? -1;
    const step = inArtifacts[index]?.stepId;
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
