import type { AnnotationType } from "../../model/view";
import { useReview, useUi, useView } from "../context";
import { ErrorLine } from "../failure";
import { useMayWrite } from "../may";
import { focusReview } from "../reveal";
import { type Composing, draftOf } from "../state";
import { strings } from "../strings";
import { words } from "./about";
import { Writing } from "./writing";

export const TYPES: readonly AnnotationType[] = ["question", "concern", "suggestion", "approval"];

/** A new comment, where it will stand. */
export function Composer() {
  const composing = useUi((state) => state.composing);
  const may = useMayWrite();
  return may && composing && <Compose key={draftOf(composing.target)} composing={composing} />;
}

function Compose({ composing }: { composing: Composing }) {
  const { root, session, ui } = useReview();
  const { target, type, refusal } = composing;
  const about = useView(({ plan }) => words(target, plan));
  const close = () => {
    ui.set({ composing: null });
    focusReview(root);
  };
  const send = (content: string) => {
    const said = content || strings.plainApproval;
    const id = session.submit({ op: "annotate", type, content: said, target });
    ui.set({ composing: null, active: id });
    focusReview(root, `[data-thread="${CSS.escape(id)}"]`);
  };
  return (
    <section className={`thread open composer ${type}`} aria-label={strings.comment}>
      <Types composing={composing} />
      <p className="about">{about}</p>
      {refusal && <ErrorLine error={refusal} />}
      <Writing
        draft={draftOf(target)}
        label={strings.typePrompt[type]}
        optional={type === "approval"}
        action={strings.send}
        kind={type}
        focus
        send={send}
        cancel={close}
      />
    </section>
  );
}

function Types({ composing }: { composing: Composing }) {
  const { ui } = useReview();
  return (
    <fieldset className="types">
      <legend className="hidden">{strings.commentType}</legend>
      {TYPES.map((type) => (
        <label key={type} className={type}>
          <input
            type="radio"
            name="comment-type"
            checked={composing.type === type}
            onChange={() => ui.set({ composing: { ...composing, type } })}
          />
          <span>{strings.type[type]}</span>
        </label>
      ))}
    </fieldset>
  );
}
