import { shifter } from "./anchors";
import { byId } from "./ids";
import type { Annotation, Changed, ChangeSet, DeltaPart, Plan, View } from "./view";

type Changes = Omit<ChangeSet, "seq">;

/** The view after a change set. What did not change keeps its identity. */
export function applyChange(view: View, change: ChangeSet): View {
  return { ...view, seq: change.seq, plan: applyToPlan(view.plan, change) };
}

/** The plan after changes; the same object if there are none. */
export function applyToPlan(plan: Plan, change: Changes): Plan {
  const next = { ...plan };
  let touched = false;
  const set = <K extends keyof Plan>(key: K, value: Plan[K]) => {
    if (next[key] === value) return;
    next[key] = value;
    touched = true;
  };
  for (const [key, value] of Object.entries(change.header ?? {})) {
    set(key as "title", (value ?? undefined) as string);
  }
  if (change.content) {
    set("content", change.content.text);
    set("annotations", shiftAll(plan.annotations, change.content.delta));
  }
  if (change.steps) set("steps", change.steps);
  set("artifacts", merged(next.artifacts, change.artifacts));
  set("annotations", merged(next.annotations, change.annotations));
  set("reviews", merged(next.reviews, change.reviews));
  set("revisions", numbered(merged(next.revisions, change.revisions)));
  set("identities", mergedRecord(next.identities, change.identities));
  return touched ? next : plan;
}

function shiftAll(annotations: Annotation[], delta: DeltaPart[]): Annotation[] {
  const shift = shifter(delta);
  let touched = false;
  const moved = annotations.map((one) => {
    const anchor = one.anchor && shift(one.anchor);
    if (anchor === one.anchor) return one;
    touched = true;
    return { ...one, anchor };
  });
  return touched ? moved : annotations;
}

function merged<T extends { id: string }>(list: T[], changed: Changed<T> | undefined): T[] {
  if (!changed || Object.keys(changed).length === 0) return list;
  const seen = new Set<string>();
  const kept: T[] = [];
  for (const one of list) {
    const told = Object.hasOwn(changed, one.id);
    const now = told ? changed[one.id] : one;
    if (told) seen.add(one.id);
    if (now) kept.push(now);
  }
  const fresh = Object.values(changed).filter((one): one is T => !!one && !seen.has(one.id));
  if (fresh.length === 0) return kept;
  const last = kept.at(-1);
  kept.push(...fresh.sort(byId));
  return !last || last.id < fresh[0]!.id ? kept : kept.sort(byId);
}

/** In the order of their numbers, which change when a revision comes in between. */
function numbered(revisions: Plan["revisions"]) {
  const sorted = revisions.every((one, at) => at === 0 || revisions[at - 1]!.number < one.number);
  return sorted ? revisions : [...revisions].sort((a, b) => a.number - b.number);
}

function mergedRecord<T>(record: Record<string, T>, changed: Changed<T> | undefined) {
  if (!changed) return record;
  const entries = Object.entries({ ...record, ...changed });
  return Object.fromEntries(entries.filter((entry): entry is [string, T] => entry[1] !== null));
}
