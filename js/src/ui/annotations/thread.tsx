import { memo } from "react";
import type { Annotation } from "../../model/view";
import { usePerson, useReview, useUi, useView } from "../context";
import { Failures } from "../failure";
import { maySettle, useMayWrite } from "../may";
import { isUnanchored } from "../order";
import { strings } from "../strings";
import { About } from "./about";
import { DispositionTag } from "./disposition";
import { Ladder } from "./ladder";
import { Reactions } from "./reactions";
import { Said } from "./said";
import { useSeen } from "./seen";
import { Writing } from "./writing";

/** One annotation with everything said about it; short until it is opened. */
export const Thread = memo(function Thread({ annotation }: { annotation: Annotation }) {
  const { ui } = useReview();
  const open = useUi((state) => state.active === annotation.id);
  const author = usePerson(annotation.author);
  const { id, type, state, withdrawn } = annotation;
  const card = useSeen(annotation, open);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a shortcut; the quoted text in it is a button
    <article
      ref={card}
      className={`thread ${type} ${open ? "open" : ""} ${state === "resolved" ? "resolved" : ""}`}
      data-thread={id}
      tabIndex={-1}
      aria-label={`${strings.type[type]}, ${author.name}`}
      onClick={() => open || ui.activate(id)}
    >
      <Said
        said={annotation}
        annotationId={id}
        editable={open && !withdrawn}
        kind={<span className="kind">{strings.type[type]}</span>}
      >
        <About annotation={annotation} />
      </Said>
      {withdrawn && <p className="quiet">{strings.withdrawn}</p>}
      <Ladder annotation={annotation} />
      {open ? <Open annotation={annotation} /> : <Short annotation={annotation} />}
    </article>
  );
});

function Short({ annotation }: { annotation: Annotation }) {
  const { replies, disposition } = annotation;
  const { ui } = useReview();
  return (
    <div className="short">
      <Reactions annotation={annotation} offer={false} />
      {disposition && (
        <span className={`tag ${disposition.value}`}>{strings.disposition[disposition.value]}</span>
      )}
      {replies.length > 0 && (
        <button type="button" className="word" onClick={() => ui.activate(annotation.id)}>
          {strings.replies(replies.length)}
        </button>
      )}
      {annotation.state === "resolved" && <span className="quiet">{strings.resolved}</span>}
    </div>
  );
}

function Open({ annotation }: { annotation: Annotation }) {
  const { session } = useReview();
  const { id, replies, disposition, withdrawn } = annotation;
  const may = useMayWrite();
  const about = (operation: object) => "annotationId" in operation && operation.annotationId === id;
  return (
    <>
      <Reanchor annotation={annotation} />
      {replies.map((reply) => (
        <div className="reply" key={reply.id}>
          <Said said={reply} annotationId={id} editable={!withdrawn} />
        </div>
      ))}
      {disposition && <DispositionTag fact={disposition} />}
      <Failures about={about} />
      {!withdrawn && may && (
        <Writing
          draft={`reply:${id}`}
          label={strings.reply}
          action={strings.reply}
          quiet
          send={(content) => session.submit({ op: "reply", annotationId: id, content })}
        />
      )}
      {!withdrawn && <Actions annotation={annotation} />}
    </>
  );
}

function Actions({ annotation }: { annotation: Annotation }) {
  const { session } = useReview();
  const me = useView(({ live }) => live.me.id);
  const may = useMayWrite();
  const settles = useView(({ live }) => maySettle(live.me, annotation));
  const { id, state, stateChange } = annotation;
  const closer = usePerson(stateChange?.by ?? "");
  const open = state === "open";
  return (
    <div className="actions">
      <Reactions annotation={annotation} offer />
      <span className="space" />
      {!open && stateChange && <span className="quiet">{strings.resolvedBy(closer.name)}</span>}
      {may && annotation.author === me && (
        <button
          type="button"
          className="word"
          onClick={() => session.submit({ op: "withdraw", annotationId: id })}
        >
          {strings.withdraw}
        </button>
      )}
      {settles && (
        <button
          type="button"
          className="word"
          onClick={() => session.submit({ op: open ? "resolve" : "reopen", annotationId: id })}
        >
          {open ? strings.resolve : strings.reopen}
        </button>
      )}
    </div>
  );
}

function Reanchor({ annotation }: { annotation: Annotation }) {
  const { ui } = useReview();
  const waiting = useUi((state) => state.reanchoring === annotation.id);
  const settles = useView(({ live }) => maySettle(live.me, annotation));
  const lost = isUnanchored(annotation);
  if (!settles) return null;
  if (!lost && annotation.anchor?.state !== "ambiguous") return null;
  return (
    <div className="reanchor">
      {!lost && <p className="quiet">{strings.ambiguous}</p>}
      {waiting ? (
        <p role="status">{strings.reanchoring}</p>
      ) : (
        <button
          type="button"
          className="word"
          onClick={() => ui.set({ reanchoring: annotation.id, sheet: false })}
        >
          {strings.reanchor}
        </button>
      )}
    </div>
  );
}
