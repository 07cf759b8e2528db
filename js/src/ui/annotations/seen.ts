import { useEffect, useRef } from "react";
import type { Annotation } from "../../model/view";
import { useReview, useView } from "../context";

/** So long a card is on screen before it counts as read, in milliseconds. */
const GLANCE = 1_000;

/**
 * Tells the host what was read, and others where we look. Returns the card's ref. Who opens a
 * thread or settles it has read it; else it counts as read after a glance.
 */
export function useSeen(annotation: Annotation, open: boolean) {
  const { session } = useReview();
  const card = useRef<HTMLElement>(null);
  const { id } = annotation;
  const keys = newsOf(annotation).join(" ");
  const me = useView(({ live }) => live.me.id);
  const read = open || annotation.stateChange?.by === me;
  useEffect(() => {
    if (read) session.seen(keys.split(" "));
  }, [session, read, keys]);
  useEffect(() => {
    if (open) session.presence(id);
  }, [session, open, id]);
  useEffect(() => {
    if (!card.current) return;
    return whenLookedAt(card.current, () => session.seen(keys.split(" ")));
  }, [session, keys]);
  return card;
}

/** What happened to an annotation, under the keys that unread counts go by. */
export function newsOf(annotation: Annotation): string[] {
  const { id, edited, replies, stateChange, state, disposition, withdrawn } = annotation;
  const change = state === "resolved" ? "resolved" : "reopened";
  return [
    id,
    ...(edited ? [`${id}/edited/${edited}`] : []),
    ...replies.flatMap((reply) => [
      `${id}/${reply.id}`,
      ...(reply.edited ? [`${id}/${reply.id}/edited/${reply.edited}`] : []),
    ]),
    ...(stateChange ? [`${id}/${change}/${stateChange.op}`] : []),
    ...(disposition ? [`${id}/disposition/${disposition.op}`] : []),
    ...(withdrawn ? [`${id}/withdrawn`] : []),
  ];
}

function whenLookedAt(element: HTMLElement, looked: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const observer = new IntersectionObserver((entries) => {
    clearTimeout(timer);
    if (entries.at(-1)?.isIntersecting) timer = setTimeout(looked, GLANCE);
  });
  observer.observe(element);
  return () => {
    clearTimeout(timer);
    observer.disconnect();
  };
}
