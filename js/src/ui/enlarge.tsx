import { useEffect } from "react";
import { useReview, useUi, useView } from "./context";
import { focusReview } from "./reveal";
import { StatusChip } from "./status";
import { strings } from "./strings";

/** Lays the review over the whole window, or puts it back where it was. */
export function Enlarge() {
  const { root, ui } = useReview();
  const enlarged = useUi((state) => state.enlarged);
  const turn = () => {
    ui.set({ enlarged: !enlarged });
    focusReview(root);
  };
  return (
    <button
      type="button"
      className={`enlarge ${enlarged ? "button" : ""}`}
      title={enlarged ? strings.reduceTitle : strings.enlargeTitle}
      aria-label={enlarged ? strings.reduce : strings.enlarge}
      onClick={turn}
    >
      <Corners />
      <span>{enlarged ? strings.reduce : strings.enlarge}</span>
    </button>
  );
}

function Corners() {
  return (
    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d="M9.5 2.5h4v4M13.5 2.5l-4.5 4.5M6.5 13.5h-4v-4M2.5 13.5l4.5-4.5" />
    </svg>
  );
}

/** Where a line of text has no room: what it is, how it stands, and a way to read it. */
export function Slim() {
  const title = useView(({ plan }) => plan.title);
  return (
    <div className="slim">
      <div>
        <h1>{title}</h1>
        <StatusChip />
        <p className="quiet">{strings.tooNarrow}</p>
        <Enlarge />
      </div>
    </div>
  );
}

/** Keeps the review over the window while it is enlarged. */
export function useEnlarged(): void {
  const { root } = useReview();
  const enlarged = useUi((state) => state.enlarged);
  useEffect(() => {
    if (enlarged) return layOver(root.host as HTMLElement, root);
  }, [enlarged, root]);
}

/** A popover is above everything, whatever clips or moves the elements around it. */
function layOver(host: HTMLElement, root: ShadowRoot): () => void {
  const stay = (event: FocusEvent) => {
    if (!event.composedPath().includes(host)) root.querySelector<HTMLElement>(".review")?.focus();
  };
  host.dataset.enlarged = "";
  host.popover = "manual";
  host.showPopover?.();
  document.addEventListener("focusin", stay);
  return () => {
    document.removeEventListener("focusin", stay);
    if (host.isConnected) host.hidePopover?.();
    host.popover = null;
    delete host.dataset.enlarged;
  };
}
