import { flip, offset, shift, useFloating } from "@floating-ui/react-dom";
import { useEffect, useLayoutEffect, useState } from "react";
import type { AnnotationType } from "../model/view";
import { TYPES } from "./annotations/composer";
import { useReview, useUi, useView } from "./context";
import { selectionIn, textTarget } from "./document/selection";
import { useMayWrite } from "./may";
import { useSelected } from "./selected";
import { strings } from "./strings";

/** One small bar at the selected text. */
export function SelectionBar() {
  const selected = useSelected();
  const may = useMayWrite();
  const pressed = usePressed();
  const written = useUi(({ composing }) => composing?.target);
  const source = useView(({ plan }) => plan.content);
  const exact = selected && source.slice(selected.start, selected.end);
  const known = written?.type === "text" && written.quote.exact === exact;
  return may && selected && !pressed && !known ? (
    <Bar key={`${selected.start}:${selected.end}`} start={selected.start} end={selected.end} />
  ) : null;
}

function Bar({ start, end }: { start: number; end: number }) {
  const { root, session, ui } = useReview();
  const source = useView(({ plan }) => plan.content);
  const reanchoring = useUi((state) => state.reanchoring);
  const floating = useAtSelection(root);
  const target = () => textTarget(source, { start, end });
  const done = () => document.getSelection()?.removeAllRanges();
  const compose = (type: AnnotationType) => {
    ui.compose(target(), type);
    done();
  };
  const attach = (annotationId: string) => {
    session.submit({ op: "reanchor", annotationId, target: target() });
    ui.set({ reanchoring: null, active: annotationId, sheet: true });
    done();
  };
  return (
    <div
      ref={floating.refs.setFloating}
      style={floating.floatingStyles}
      className="selection-bar"
      role="toolbar"
      aria-label={strings.selectionBar}
      onPointerDown={(event) => event.preventDefault()}
      onMouseDown={(event) => event.preventDefault()}
    >
      {reanchoring ? (
        <button type="button" onClick={() => attach(reanchoring)}>
          {strings.attachHere}
        </button>
      ) : (
        TYPES.map((type) => (
          <button key={type} type="button" className={type} onClick={() => compose(type)}>
            {strings.typeAction[type]}
          </button>
        ))
      )}
    </div>
  );
}

function useAtSelection(root: ShadowRoot) {
  const boundary = root.querySelector("[data-reading]") ?? undefined;
  const floating = useFloating({
    strategy: "fixed",
    placement: "bottom",
    middleware: [offset(8), flip({ boundary }), shift({ padding: 8 })],
  });
  const { refs, update } = floating;
  useLayoutEffect(() => {
    refs.setReference({
      getBoundingClientRect: () => {
        const content = root.querySelector("[data-content]");
        const range = content && selectionIn(root, content);
        return range?.getBoundingClientRect() ?? new DOMRect();
      },
    });
    const pane = root.querySelector("[data-reading]");
    pane?.addEventListener("scroll", update, { passive: true });
    return () => pane?.removeEventListener("scroll", update);
  }, [refs, update, root]);
  return floating;
}

/** While the pointer is down the selection is still being made. */
function usePressed(): boolean {
  const { root } = useReview();
  const [pressed, setPressed] = useState(false);
  useEffect(() => {
    const down = (event: Event) => setPressed(!inBar(event));
    const up = () => setPressed(false);
    root.addEventListener("pointerdown", down);
    document.addEventListener("pointerup", up);
    document.addEventListener("pointercancel", up);
    return () => {
      root.removeEventListener("pointerdown", down);
      document.removeEventListener("pointerup", up);
      document.removeEventListener("pointercancel", up);
    };
  }, [root]);
  return pressed;
}

function inBar(event: Event): boolean {
  return event.target instanceof Element && event.target.closest(".selection-bar") !== null;
}
