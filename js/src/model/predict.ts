import { CodePoints } from "./code_points";
import type { Actor, Annotation, ChangeSet, Plan, SentOperation, Target, TextTarget } from "./view";

type Changes = Omit<ChangeSet, "seq">;
type Of<K extends SentOperation["op"]> = Extract<SentOperation, { op: K }>;
type Handlers = {
  [K in SentOperation["op"]]?: (plan: Plan, operation: Of<K>, me: Actor) => Changes | null;
};

/**
 * What the host will most likely make of an operation, so that it can be shown at once. Empty for
 * operations whose outcome only the host can tell, and for those already in the plan.
 */
export function predict(plan: Plan, operation: SentOperation, me: Actor): Changes {
  const handler = HANDLERS[operation.op] as
    | ((plan: Plan, operation: SentOperation, me: Actor) => Changes | null)
    | undefined;
  const changes = handler?.(plan, operation, me);
  if (!changes) return {};
  const known = plan.identities[me.id];
  return known
    ? changes
    : { ...changes, identities: { [me.id]: { name: me.name, kind: me.kind } } };
}

const HANDLERS: Handlers = {
  annotate: (plan, op, me) => {
    const id = op.annotationId ?? op.id;
    if (plan.annotations.some((one) => one.id === id)) return null;
    return { annotations: { [id]: newAnnotation(plan, id, op, me) } };
  },
  reply: (plan, op, me) =>
    change(plan, op.annotationId, (one) =>
      one.replies.some((reply) => reply.id === op.id)
        ? one
        : {
            ...one,
            replies: [
              ...one.replies,
              { id: op.id, author: me.id, content: op.content, timestamp: op.at },
            ],
          },
    ),
  edit: (plan, op) =>
    change(plan, op.annotationId, (one) =>
      op.replyId
        ? {
            ...one,
            replies: one.replies.map((reply) =>
              reply.id === op.replyId ? { ...reply, content: op.content, edited: op.at } : reply,
            ),
          }
        : { ...one, content: op.content, edited: op.at },
    ),
  withdraw: (plan, op, me) =>
    change(plan, op.annotationId, (one) => ({
      ...one,
      withdrawn: { ...fact(op, me), reason: op.reason ?? "" },
    })),
  reanchor: (plan, op) =>
    change(plan, op.annotationId, (one) => ({ ...one, ...placed(plan, op.target) })),
  resolve: (plan, op, me) =>
    change(plan, op.annotationId, (one) => ({
      ...one,
      state: "resolved",
      stateChange: fact(op, me),
    })),
  reopen: (plan, op, me) =>
    change(plan, op.annotationId, (one) => ({ ...one, state: "open", stateChange: fact(op, me) })),
  set_disposition: (plan, op, me) =>
    change(plan, op.annotationId, (one) => ({
      ...one,
      disposition: { ...fact(op, me), value: op.disposition, note: op.note ?? "" },
    })),
  react: (plan, op, me) =>
    change(plan, op.annotationId, (one) => ({
      ...one,
      reactions: reacted(one.reactions, op.emoji, me.id, op.on ?? true),
    })),
  submit_review: (plan, op, me) => {
    const { id, verdict, revision, digest, summary = "", at: timestamp } = op;
    if (plan.reviews.some((one) => one.id === id)) return null;
    return {
      reviews: { [id]: { id, author: me.id, verdict, summary, timestamp, revision, digest } },
    };
  },
  withdraw_review: (plan, op, me) => {
    const review = plan.reviews.find((one) => one.id === op.reviewId);
    const withdrawn = { ...fact(op, me), reason: op.reason ?? "" };
    return review ? { reviews: { [review.id]: { ...review, withdrawn } } } : null;
  },
  set_policy: ({ policy, approval }, { approvals, excludeAuthor }) => {
    const next = {
      approvals: approvals ?? policy.approvals,
      excludeAuthor: excludeAuthor ?? policy.excludeAuthor,
    };
    return {
      header: {
        policy: next,
        ...(approval && { approval: { ...approval, required: next.approvals } }),
      },
    };
  },
  update_step: (plan, op) => ({
    steps: plan.steps.map((step) =>
      step.id === op.stepId && op.status ? { ...step, status: op.status } : step,
    ),
  }),
};

function change(plan: Plan, id: string, make: (one: Annotation) => Annotation): Changes | null {
  const found = plan.annotations.find((one) => one.id === id);
  return found ? { annotations: { [id]: make(found) } } : null;
}

function fact(op: { id: string; at: number }, me: Actor) {
  return { by: me.id, at: op.at, op: op.id };
}

function newAnnotation(plan: Plan, id: string, op: Of<"annotate">, me: Actor): Annotation {
  const { type, content, at: timestamp } = op;
  return {
    id,
    author: me.id,
    type,
    content,
    timestamp,
    state: "open",
    replies: [],
    reactions: {},
    ...placed(plan, op.target),
  };
}

function placed(plan: Plan, sent: Of<"annotate">["target"]): Pick<Annotation, "target" | "anchor"> {
  const target = sent as Target;
  return target.type === "text" ? { target, anchor: anchorOf(plan, target) } : { target };
}

function anchorOf(plan: Plan, { quote, position }: TextTarget): Annotation["anchor"] {
  const points = pointsOf(plan.content);
  if (position) {
    const [from, to] = [points.toUtf16(position.start), points.toUtf16(position.end)];
    if (plan.content.slice(from, to) === quote.exact) {
      return { state: "anchored", start: position.start, end: position.end };
    }
  }
  return onlyPassage(plan.content, quote.exact, points) ?? { state: "unanchored" };
}

let last = { text: "", points: new CodePoints("") };

/** The positions of a text; of one that is asked for again and again they are found once. */
function pointsOf(text: string): CodePoints {
  if (last.text !== text) last = { text, points: new CodePoints(text) };
  return last.points;
}

/** Where a text is, if it is there once. */
function onlyPassage(content: string, exact: string, points: CodePoints): Annotation["anchor"] {
  const from = content.indexOf(exact);
  if (exact === "" || from < 0 || content.indexOf(exact, from + 1) >= 0) return undefined;
  const [start, end] = [points.fromUtf16(from), points.fromUtf16(from + exact.length)];
  return { state: "anchored", start, end };
}

function reacted(given: Record<string, string[]>, emoji: string, who: string, on: boolean) {
  const others = (given[emoji] ?? []).filter((one) => one !== who);
  const now = on ? [...others, who] : others;
  const { [emoji]: _, ...rest } = given;
  return now.length > 0 ? { ...given, [emoji]: now } : rest;
}
