import { useEffect } from "react";
import { useReview, useUi, useView } from "../context";
import { useMayWrite } from "../may";
import { reveal } from "../reveal";
import { strings } from "../strings";
import { placeOf, placeOfNew } from "./about";
import { Composer } from "./composer";
import { Drafts } from "./drafts";
import { FailedAnnotations } from "./failed";
import { useLists } from "./lists";
import { LongList } from "./long_list";
import { Filters, Nothing } from "./margin";
import { Thread } from "./thread";
import { Unanchored } from "./unanchored";

const MANY = 60;

/** On a narrow screen: the comments, which rise when one is touched. */
export function Sheet() {
  const { ui } = useReview();
  const open = useUi((state) => state.sheet);
  const begun = useUi((state) => state.composing !== null);
  const composing = useMayWrite() && begun;
  const lists = useLists();
  const many = lists.shown.length > MANY;
  useRaised();
  if (!open) return <Handle open={lists.open} />;
  return (
    <section className="sheet" aria-label={strings.annotations} data-pane={many ? undefined : ""}>
      <div className="margin-head">
        <Filters lists={lists} />
        <button type="button" className="word" onClick={() => ui.set({ sheet: false })}>
          {strings.close}
        </button>
      </div>
      <FailedAnnotations />
      <Composer />
      {!composing && (
        <>
          <Drafts />
          <Unanchored annotations={lists.unanchored} />
          {many ? (
            <LongList annotations={lists.shown} />
          ) : (
            lists.shown.map((one) => <Thread key={one.id} annotation={one} />)
          )}
          {lists.shown.length === 0 && <Nothing waiting={lists.waiting} />}
        </>
      )}
    </section>
  );
}

/** The open thread in the sheet, and above the sheet what it is about. */
function useRaised(): void {
  const { root } = useReview();
  const active = useUi((state) => state.active);
  const composing = useUi((state) => state.composing);
  const found = useView(({ plan }) => plan.annotations.find((one) => one.id === active));
  const id = found?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each thread that is opened
  useEffect(() => {
    if (id) reveal(root, `[data-thread="${CSS.escape(id)}"]`, "start");
    if (found) reveal(root, placeOf(found), "start");
    else if (composing) reveal(root, placeOfNew(composing.target), "start");
  }, [root, id, composing?.target]);
}

function Handle({ open }: { open: number }) {
  const { ui } = useReview();
  const drafts = useUi((state) => state.drafts.length);
  return (
    <button
      type="button"
      className="sheet-handle"
      aria-expanded={false}
      onClick={() => ui.set({ sheet: true })}
    >
      {strings.openComments(open)}
      {drafts > 0 && ` · ${strings.drafts(drafts)}`}
    </button>
  );
}
