import { useReview, useUi } from "../context";
import { Failures } from "../failure";
import { useMayWrite } from "../may";
import type { Filter } from "../state";
import { strings } from "../strings";
import { Aligned } from "./aligned";
import { Composer } from "./composer";
import { DraftCount, Drafts } from "./drafts";
import { FailedAnnotations } from "./failed";
import { type Lists, useLists } from "./lists";
import { LongList } from "./long_list";
import { Unanchored } from "./unanchored";

/** From so many on, comments are a list of their own instead of standing beside the text. */
const MANY = 60;

/** The comments beside the document. */
export function Margin() {
  const lists = useLists();
  const many = lists.shown.length > MANY;
  return (
    <section className={`margin ${many ? "many" : ""}`} aria-label={strings.annotations}>
      <div className="margin-head">
        <Filters lists={lists} />
        <DraftCount />
      </div>
      <FailedAnnotations />
      <Failures about={(one) => one.op === "request_review"} />
      <Drafts />
      <Unanchored annotations={lists.unanchored} />
      {many && <Composer />}
      {lists.shown.length === 0 && <Nothing waiting={lists.waiting} />}
      {many ? <LongList annotations={lists.shown} /> : <Aligned annotations={lists.shown} />}
    </section>
  );
}

export function Nothing({ waiting }: { waiting: boolean }) {
  const filter = useUi((state) => state.filter);
  const composing = useUi((state) => state.composing !== null);
  const may = useMayWrite();
  if (composing && may) return null;
  if (waiting) return <output className="quiet nothing">{strings.commentsComing}</output>;
  const open = may ? strings.nothingOpen : strings.nothingToRead;
  return <p className="quiet nothing">{filter === "open" ? open : strings.nothingHere}</p>;
}

const FILTERS: readonly Filter[] = ["open", "resolved", "all"];

export function Filters({ lists }: { lists: Lists }) {
  const { ui } = useReview();
  const filter = useUi((state) => state.filter);
  return (
    <fieldset className="filters">
      <legend className="hidden">{strings.filter}</legend>
      {FILTERS.map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={filter === one}
          onClick={() => ui.set({ filter: one, active: null })}
        >
          {strings.filters[one]}{" "}
          <span>{lists.waiting ? "…" : lists[one].toLocaleString("en")}</span>
        </button>
      ))}
    </fieldset>
  );
}
