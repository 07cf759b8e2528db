import type { Annotation, View } from "../model/view";
import { placeOf } from "./annotations/about";
import type { ReviewContext } from "./context";
import { parseMarkdown } from "./document/markdown";
import { textTarget } from "./document/selection";
import { maySettle, mayWrite } from "./may";
import { inOrder, passes } from "./order";
import { reveal } from "./reveal";
import { selectedIn } from "./selected";

/** The keys of the review. True if the key meant something here. */
export function pressed(key: string, context: ReviewContext): boolean {
  const view = context.session.getState().view;
  const action = ACTIONS[key];
  if (!view || !action) return false;
  action(context, view);
  return true;
}

type Action = (context: ReviewContext, view: View) => void;

const ACTIONS: Record<string, Action> = {
  j: (context, view) => move(context, view, 1),
  k: (context, view) => move(context, view, -1),
  n: (context, view) => step(context, view, 1),
  p: (context, view) => step(context, view, -1),
  c: compose,
  r: reply,
  e: close,
  "?": ({ ui }) => ui.set({ help: !ui.getState().help }),
  Escape: leave,
};

function shown({ ui }: ReviewContext, { plan }: View): Annotation[] {
  const { filter, active } = ui.getState();
  return inOrder(plan).filter((one) => one.id === active || passes(one, filter));
}

function move(context: ReviewContext, view: View, by: number): void {
  const { ui, root } = context;
  const list = shown(context, view);
  const at = list.findIndex((one) => one.id === ui.getState().active);
  const next = at < 0 ? (by > 0 ? 0 : list.length - 1) : at + by;
  const found = list[Math.max(0, Math.min(next, list.length - 1))];
  if (!found) return;
  ui.activate(found.id);
  requestAnimationFrame(() => {
    reveal(root, placeOf(found));
    const card = root.querySelector<HTMLElement>(`[data-thread="${CSS.escape(found.id)}"]`);
    if (!card?.contains(root.activeElement)) card?.focus({ preventScroll: true });
  });
}

function step({ ui, root }: ReviewContext, { plan }: View, by: number): void {
  const blocks = parseMarkdown(plan.content);
  const at = blocks.findIndex((one) => one.start === ui.getState().block?.start);
  const found = blocks[Math.max(0, Math.min(at + by, blocks.length - 1))];
  if (!found) return;
  ui.set({ block: { start: found.start, end: found.end } });
  reveal(root, `[data-block="${found.start}"]`);
}

function compose({ ui, root }: ReviewContext, { plan, live }: View): void {
  if (!mayWrite(live.me)) return;
  const { block } = ui.getState();
  const selected = selectedIn(root, plan.content) ?? block;
  if (selected) {
    ui.compose(textTarget(plan.content, selected), "question");
    return;
  }
  const about = root.activeElement?.closest<HTMLElement>("[data-step], [data-artifact]")?.dataset;
  if (about?.artifact) ui.compose({ type: "artifact", artifactId: about.artifact }, "question");
  else if (about?.step) ui.compose({ type: "step", stepId: about.step }, "question");
  else ui.compose({ type: "plan" }, "question");
}

function reply({ ui, root }: ReviewContext): void {
  const { active } = ui.getState();
  if (active === null) return;
  root.querySelector<HTMLElement>(`[data-writing="reply:${CSS.escape(active)}"]`)?.focus();
}

function close({ ui, session }: ReviewContext, { plan, live }: View): void {
  const { active } = ui.getState();
  const found = plan.annotations.find((one) => one.id === active);
  if (!found || found.withdrawn || !maySettle(live.me, found)) return;
  session.submit({ op: found.state === "open" ? "resolve" : "reopen", annotationId: found.id });
}

function leave({ ui, root }: ReviewContext, { plan }: View): void {
  const { help, composing, reanchoring, verdict, active, block, sheet } = ui.getState();
  if (help) ui.set({ help: false });
  else if (selectedIn(root, plan.content)) document.getSelection()?.removeAllRanges();
  else if (reanchoring) ui.set({ reanchoring: null });
  else if (composing) ui.setAside();
  else if (verdict) ui.set({ verdict: null });
  else if (active || block || sheet) ui.set({ active: null, block: null, sheet: false });
  else ui.set({ enlarged: false });
}
