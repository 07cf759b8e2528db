import { useEffect, useLayoutEffect, useRef } from "react";
import { Margin } from "./annotations/margin";
import { useReview, useView } from "./context";
import { Content } from "./document/content";
import { Evidence } from "./evidence/cards";
import { Lead } from "./lead";
import { Steps } from "./steps";
import { strings } from "./strings";

/** The document, with the comments beside it where there is room. */
export function Page({ margin }: { margin: boolean }) {
  const title = useView(({ plan }) => plan.title);
  const pane = useRef<HTMLDivElement>(null);
  useScrollPosition(pane);
  useFollowing(pane);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a pane that scrolls can be reached by keys
    <div className="reading" ref={pane} tabIndex={0} data-pane="" data-reading="">
      <div className="page">
        <article className="document" aria-label={title} data-document="">
          <Lead />
          <section aria-label={strings.document}>
            <Content />
          </section>
          <Steps />
          <Evidence />
        </article>
        {margin && <Margin />}
      </div>
    </div>
  );
}

/** A reload brings back the place on the page. */
function useScrollPosition(pane: React.RefObject<HTMLDivElement | null>): void {
  const { memory } = useReview().ui;
  useLayoutEffect(() => {
    const element = pane.current;
    if (!element) return;
    element.scrollTop = memory.read<number>("scroll") ?? 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const scrolled = () => {
      clearTimeout(timer);
      timer = setTimeout(() => memory.write("scroll", element.scrollTop), 200);
    };
    element.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      clearTimeout(timer);
      element.removeEventListener("scroll", scrolled);
    };
  }, [pane, memory]);
}

/** A press on a mark opens its thread; a link within the text goes to its place. */
function useFollowing(pane: React.RefObject<HTMLDivElement | null>): void {
  const { ui, root } = useReview();
  useEffect(() => {
    const element = pane.current;
    const pressed = (event: MouseEvent) => {
      if (!(event.target instanceof Element)) return;
      const link = event.target.closest("a");
      if (link) return follow(link, root, event);
      if (document.getSelection()?.isCollapsed === false) return;
      const ids = event.target.closest<HTMLElement>("mark[data-a]")?.dataset.a?.split(" ") ?? [];
      if (ids.length > 0) ui.activate(next(ids));
      else if (event.target.closest("[data-content]")) ui.set({ active: null, block: null });
    };
    const next = (ids: string[]) => {
      const at = ids.indexOf(ui.getState().active ?? "");
      return ids[(at + 1) % ids.length]!;
    };
    element?.addEventListener("click", pressed);
    return () => element?.removeEventListener("click", pressed);
  }, [pane, ui, root]);
}

/** Links to a place in the text do not reach into a shadow root by themselves. */
function follow(link: HTMLAnchorElement, root: ShadowRoot, event: Event): void {
  const href = link.getAttribute("href") ?? "";
  if (!href.startsWith("#")) return;
  event.preventDefault();
  const id = decodeURIComponent(href.slice(1)).replace(/^(?!content-)/, "content-");
  root.querySelector(`[id="${CSS.escape(id)}"]`)?.scrollIntoView({ block: "center" });
}
