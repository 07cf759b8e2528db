import { useReview, useSessionState, useView } from "../context";
import { ErrorLine } from "../failure";
import { strings } from "../strings";
import { words } from "./about";

/** New comments that were refused, with their words, so that nothing written is lost. */
export function FailedAnnotations() {
  const { session, ui } = useReview();
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
