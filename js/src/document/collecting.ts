import type { Changed, ChangeSet } from "../model/view";
import type { PlanView } from "./plan_view";
import { parted } from "./projection";
import { same } from "./reading";
import { applied, inCodePoints, type Touched } from "./touched";

/** The change set of `touched`, with what the document keeps brought up to date. */
export function collect(document: PlanView, touched: Touched, seq: number): ChangeSet {
  const change: ChangeSet = { seq };
  const annotations = new Set(touched.of("annotations"));
  const before = document.knownArtifacts;
  const whole = document.whole;
  document.forget(touched.roots);
  for (const item of annotationsOf(document, touched)) annotations.add(item);
  if (touched.deltas.length > 0) moveAnchors(document, touched, whole, change, annotations);
  for (const key of annotations) document.forgetAnnotation(key);
  if (touched.roots.has("steps")) change.steps = [...document.steps];
  entities(document, touched, annotations, change);
  if (touched.of("artifacts").size > 0) change.artifacts = differing(before, document.artifacts);
  const header = document.changedHeader(touched.roots);
  if (Object.keys(header).length > 0) change.header = header;
  return change;
}

/** The annotations whose receipts changed, from keys such as `read:{annotation}/{reply}`. */
function annotationsOf(document: PlanView, touched: Touched): string[] {
  const items = [...touched.in("receipts")].map((key) => parted(key)[1].split("/")[0]!);
  return items.filter((item) => document.findAnnotation(item) !== undefined);
}

/** Annotations are told anew whose text was touched; all, after several deltas. */
function moveAnchors(
  document: PlanView,
  { deltas }: Touched,
  whole: string,
  change: ChangeSet,
  annotations: Set<string>,
): void {
  const moved = deltas.length === 1 ? [] : document.anchors.known();
  let before = whole;
  const told = deltas.map((delta) => {
    const counted = inCodePoints(delta, before);
    before = applied(delta, before);
    return counted;
  });
  for (const delta of told) moved.push(...document.anchors.shift(delta));
  for (const key of moved) annotations.add(key);
  change.content = { text: document.content, delta: told.length === 1 ? told[0]! : [] };
}

function entities(
  document: PlanView,
  touched: Touched,
  annotations: ReadonlySet<string>,
  change: ChangeSet,
): void {
  if (annotations.size > 0) {
    change.annotations = changed(annotations, (key) => document.findAnnotation(key));
  }
  const reviews = new Set([...touched.of("reviews"), ...reviewsOf(document, touched)]);
  if (reviews.size > 0) change.reviews = changed(reviews, (key) => document.reviews.get(key));
  if (touched.of("revisions").size > 0) {
    change.revisions = Object.fromEntries(document.revisions.map((one) => [one.id, one]));
  }
  if (touched.roots.has("identities")) {
    const known = document.identities;
    change.identities = changed(touched.in("identities"), (key) =>
      Object.hasOwn(known, key) ? known[key] : undefined,
    );
  }
}

function reviewsOf(document: PlanView, touched: Touched): string[] {
  const items = [...touched.in("receipts")].map((key) => parted(key)[1]);
  return items.filter((item) => document.reviews.has(item));
}

function changed<T>(keys: Iterable<string>, find: (key: string) => T | undefined): Changed<T> {
  return Object.fromEntries([...keys].map((key) => [key, find(key) ?? null]));
}

/** Those of `now` that are not as they were. */
function differing<T>(before: ReadonlyMap<string, T>, now: ReadonlyMap<string, T>): Changed<T> {
  const entries = [...now].filter(([key, one]) => !same(one, before.get(key)));
  return Object.fromEntries(entries);
}
