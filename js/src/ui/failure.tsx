import type { SentOperation } from "../model/view";
import type { SessionError } from "../session/session";
import { useReview, useSessionState } from "./context";
import { strings } from "./strings";

/** An error where it happened: the sentence, and what to do. */
export function ErrorLine({ error }: { error: Pick<SessionError, "message" | "hint"> }) {
  return (
    <p className="error" role="alert">
      {error.message} {error.hint && <span className="quiet">{error.hint}</span>}
    </p>
  );
}

/** Refused operations that belong to one place, each with a way on. */
export function Failures({ about }: { about: (operation: SentOperation) => boolean }) {
  const { session } = useReview();
  const failures = useSessionState((state) => state.failures);
  return failures
    .filter(({ operation }) => about(operation))
    .map(({ operation, error }) => (
      <div className="failure" key={operation.id}>
        {"content" in operation && operation.op !== "annotate" && <q>{operation.content}</q>}
        <ErrorLine error={error} />
        <div className="actions">
          <button type="button" className="word" onClick={() => session.retry(operation.id)}>
            {strings.tryAgain}
          </button>
          <button type="button" className="word" onClick={() => session.discard(operation.id)}>
            {strings.discard}
          </button>
        </div>
      </div>
    ));
}
