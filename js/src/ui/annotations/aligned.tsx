import { useCallback, useEffect, useLayoutEffect, useMemo, useRef } from "react";
import type { Annotation, NewTarget } from "../../model/view";
import { useReview, useUi } from "../context";
import { useMayWrite } from "../may";
import { placeOf, placeOfNew } from "./about";
import { Composer } from "./composer";
import { place } from "./placing";
import { Thread } from "./thread";

const GAP = 12;

/** Each thread level with what it is about. */
export function Aligned({ annotations }: { annotations: Annotation[] }) {
  const home = useRef<HTMLDivElement>(null);
  const begun = useUi((state) => state.composing);
  const composing = useMayWrite() ? begun : null;
  useAlignment(home, annotations, composing?.target ?? null);
  return (
    <div className="aligned" ref={home}>
      {annotations.map((one) => (
        <div className="beside" data-beside={one.id} key={one.id}>
          <Thread annotation={one} />
        </div>
      ))}
      {composing && (
        <div className="beside" data-beside="new">
          <Composer />
        </div>
      )}
    </div>
  );
}

function useAlignment(
  home: React.RefObject<HTMLDivElement | null>,
  annotations: Annotation[],
  target: NewTarget | null,
): void {
  const { root } = useReview();
  const active = useUi((state) => state.active);
  const find = useFinder(annotations, target);
  const align = useCallback(() => {
    const margin = home.current;
    if (!margin) return;
    const zero = margin.getBoundingClientRect().top;
    const bottom = lowest(root, zero);
    const cards = [...margin.querySelectorAll<HTMLElement>("[data-beside]")];
    const wished = cards.map((card) => {
      const top = (find(card.dataset.beside!, root) ?? zero) - zero;
      const height = card.offsetHeight;
      const fits = card.dataset.beside === "new" ? bottom - height : top;
      return { card, top: Math.max(0, Math.min(top, fits)), height };
    });
    wished.sort((a, b) => a.top - b.top);
    const chosen = target ? "new" : active;
    const fixed = wished.findIndex(({ card }) => card.dataset.beside === chosen);
    const tops = place(wished, GAP, fixed, bottom - (wished[fixed]?.height ?? 0));
    wished.forEach(({ card }, index) => {
      card.style.transform = `translateY(${Math.round(tops[index]!)}px)`;
    });
    settle(cards, margin);
    const last = wished.length - 1;
    margin.style.height = last < 0 ? "" : `${tops[last]! + wished[last]!.height + GAP}px`;
  }, [home, root, find, active, target]);
  useLayoutEffect(align);
  useEffect(() => observe(root, home.current, align), [root, home, align]);
}

/** Cards glide from one place to another, but appear where they belong. */
function settle(cards: HTMLElement[], margin: HTMLElement): void {
  const fresh = cards.filter((card) => card.dataset.placed === undefined);
  if (fresh.length === 0) return;
  // A transition starts from the last style that was computed: this computes it.
  margin.getBoundingClientRect();
  for (const card of fresh) card.dataset.placed = "";
}

/** The bottom of what is on screen: a comment that is being written is seen whole. */
function lowest(root: ShadowRoot, zero: number): number {
  const pane = root.querySelector("[data-reading]")?.getBoundingClientRect();
  return (pane?.bottom ?? 0) - zero - GAP;
}

/** A function from a card to the height on screen of what it is about. */
function useFinder(annotations: Annotation[], target: NewTarget | null) {
  return useMemo(() => {
    const byId = new Map(annotations.map((one) => [one.id, one]));
    return (id: string, root: ShadowRoot): number | null => {
      const annotation = byId.get(id);
      const place = annotation ? placeOf(annotation) : target && placeOfNew(target);
      return place ? (root.querySelector(place)?.getBoundingClientRect().top ?? null) : null;
    };
  }, [annotations, target]);
}

/** Aligns again whenever the document or a card changes its height. */
function observe(root: ShadowRoot, margin: HTMLElement | null, align: () => void): () => void {
  const observer = new ResizeObserver(align);
  const page = root.querySelector("[data-document]");
  if (page) observer.observe(page);
  for (const card of margin?.querySelectorAll("[data-beside]") ?? []) observer.observe(card);
  return () => observer.disconnect();
}
