import type { Changed, ChangeSet } from "../model/view";
import type { PlanView } from "./plan_view";
import { parted } from "./projection";
import { same } from "./reading";
import { inCodePoints, type Touched } from "./touched";

/** The change set of `touched`, with what the document keeps brought up to date. */
export function collect(document: PlanView, touched: Touched, seq: number): ChangeSet {
  const change: ChangeSet = { seq };
  const annotations = new Set(touched.of("annotations"));
  const before = document.knownArtifacts;
  const whole = document.whole;
  document.forget(touched.roots);
  for (const item of annotationsOf(document, touched)) annotations.add(item);
  for (const key of annotations) document.forgetAnnotation(key);
  if (touched.deltas.length > 0) {
    for (const key of moveAnchors(document, touched, whole, change)) annotations.add(key);
  }
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

/** The annotations to be told anew: those whose text was touched; all, after several deltas. */
function moveAnchors(
  { anchors, content, passage }: PlanView,
  { deltas }: Touched,
  whole: string,
  change: ChangeSet,
): string[] {
  const [delta, ...more] = deltas;
  const one = more.length === 0 && delta ? inCodePoints(delta, whole) : undefined;
  change.content = { text: content, delta: one ?? [] };
  if (one) return anchors.shift(one, passage);
  const known = anchors.known();
  for (const key of known) anchors.forget(key);
  return known;
}

function entities(
  document: PlanView,
  touched: Touched,
  annotations: ReadonlySet<string>,
  change: ChangeSet,
): void {
  if (annotations.size > 0) {
    document.place(annotations);
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
