import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { Session } from "../session/session";
import { Sheet } from "./annotations/sheet";
import { Context, useReview, useUi, useView } from "./context";
import { Slim, useEnlarged } from "./enlarge";
import { Header } from "./header";
import { Help } from "./help";
import { pressed } from "./keys";
import { Outline } from "./outline";
import { Page } from "./page";
import { SelectionBar } from "./selection_bar";
import { Share } from "./sharing/share";
import { useRoom } from "./size";
import { UiStore } from "./state";
import { strings } from "./strings";
import { VerdictBar } from "./verdict";

/** The whole review interface for one session. */
export function Review({ session, root }: { session: Session; root: ShadowRoot }) {
  const state = useSyncExternalStore(session.subscribe, session.getState);
  const planId = state.view?.plan.id;
  const context = useMemo(
    () => (planId === undefined ? null : { session, root, ui: new UiStore(planId) }),
    [session, root, planId],
  );
  if (!context) {
    return (
      <div className="waiting" role="status">
        <p>{state.error?.message ?? strings.opening}</p>
        {state.error?.hint && <p className="quiet">{state.error.hint}</p>}
      </div>
    );
  }
  return (
    <Context.Provider value={context}>
      {state.phase === "closed" && (
        <p className="closed error" role="alert">
          {strings.closed} {state.error?.message} {state.error?.hint}
        </p>
      )}
      <Surface />
    </Context.Provider>
  );
}

function Surface() {
  const context = useReview();
  const title = useView(({ plan }) => plan.title);
  const enlarged = useUi((state) => state.enlarged);
  const home = useRef<HTMLDivElement>(null);
  const { size: fits, more } = useRoom(home);
  const size = fits === "slim" && enlarged ? "narrow" : fits;
  useKeys(home, context);
  useEnlarged();
  return (
    <section
      className="review"
      ref={home}
      data-size={size}
      tabIndex={-1}
      aria-label={strings.reviewOf(title)}
    >
      {size === "slim" ? (
        <Slim />
      ) : (
        <>
          <Header enlarge={more || enlarged} />
          <Outline />
          <Page margin={size !== "narrow"} />
          {size === "narrow" && <Sheet />}
          <VerdictBar />
          <SelectionBar />
          <Help />
          <Share />
        </>
      )}
    </section>
  );
}

/** Where keys mean something else. */
const FIELDS = "input:not([type=radio]), textarea, select, [contenteditable], .share-dialog";

function useKeys(
  home: React.RefObject<HTMLElement | null>,
  context: ReturnType<typeof useReview>,
): void {
  useEffect(() => {
    const element = home.current;
    const key = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof Element && event.target.closest(FIELDS)) return;
      if (!pressed(event.key, context)) return;
      event.preventDefault();
      event.stopPropagation();
    };
    element?.addEventListener("keydown", key);
    return () => element?.removeEventListener("keydown", key);
  }, [home, context]);
}
