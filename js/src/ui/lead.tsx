import { usePerson, useReview, useView } from "./context";
import { useMayWrite } from "./may";
import { strings } from "./strings";

/** Where the plan comes from, in a sentence. */
export function Lead() {
  const owner = useView(({ plan }) => plan.owner);
  const branch = useView(({ plan }) => plan.branch);
  const repo = useView(({ plan }) => plan.repo);
  const person = usePerson(owner);
  const { ui } = useReview();
  const may = useMayWrite();
  return (
    <div className="lead" data-overview="">
      <p>
        {strings.proposedBy}
        {person.me ? strings.you.toLowerCase() : person.name}
        {branch && (
          <>
            {strings.forBranch}
            <span className="mono">{branch}</span>
          </>
        )}
        {repo && (
          <>
            {strings.inRepository}
            <span className="mono">{repo}</span>
          </>
        )}
        . <Since />
      </p>
      {may && (
        <button
          type="button"
          className="word"
          aria-label={strings.commentOnPlan}
          onClick={() => ui.compose({ type: "plan" }, "question")}
        >
          {strings.comment}
        </button>
      )}
    </div>
  );
}

/** What is new for me since my last verdict. */
function Since() {
  const reviews = useView(({ plan }) => plan.reviews);
  const revisions = useView(({ plan }) => plan.revisions);
  const me = useView(({ live }) => live.me.id);
  const stale = useView(({ plan }) => plan.approval?.stale ?? false);
  const last = reviews.findLast((one) => one.author === me && !one.withdrawn);
  const at = revisions.findIndex((one) => one.id === last?.revision);
  const newer = at < 0 ? 0 : revisions.length - 1 - at;
  const current = revisions.at(-1);
  if (newer > 0) return <strong>{strings.sinceReview(newer)}.</strong>;
  return stale && current ? <strong>{strings.editedSince(current.number)}</strong> : null;
}
