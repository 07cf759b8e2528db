import { useEffect } from "react";
import { useReview, useSessionState, useUi, useView } from "../context";
import { ErrorLine } from "../failure";
import { draftOf } from "../state";
import { strings } from "../strings";
import { words } from "./about";

/** New comments that were refused, with their words, so that nothing written is lost. */
export function FailedAnnotations() {
  const { session, ui } = useReview();
  useWrittenAgain();
  const failures = useSessionState((state) => state.failures);
  const plan = useView((view) => view.plan);
  const again = (id: string) => {
    ui.set({ active: id });
    session.retry(id);
  };
  return failures.map(({ operation, error }) => {
    if (operation.op !== "annotate") return null;
    return (
      <section className={`thread open refused ${operation.type}`} key={operation.id}>
        <p className="kind">{strings.type[operation.type]}</p>
        <p className="about">{words(operation.target, plan)}</p>
        <p>{operation.content}</p>
        <ErrorLine error={error} />
        <div className="actions">
          <button type="button" className="button" onClick={() => session.discard(operation.id)}>
            {strings.discard}
          </button>
          <button type="button" className="button main" onClick={() => again(operation.id)}>
            {strings.tryAgain}
          </button>
        </div>
      </section>
    );
  });
}

/** A refused comment goes back to where it was written, if nothing else is being written. */
function useWrittenAgain(): void {
  const { session, ui } = useReview();
  const composing = useUi((state) => state.composing !== null);
  const failures = useSessionState((state) => state.failures);
  useEffect(() => {
    const refused = failures.find(({ operation }) => operation.op === "annotate");
    if (composing || refused?.operation.op !== "annotate") return;
    const { id, target, type, content } = refused.operation;
    const { code, message, hint } = refused.error;
    ui.memory.write(`draft:${draftOf(target)}`, content);
    session.discard(id);
    ui.set({ composing: { target, type, refusal: { code, message, hint } }, active: null });
  }, [session, ui, composing, failures]);
}
