import { useEffect, useState } from "react";
import type { Review, Revision, Verdict } from "../model/view";
import { Writing } from "./annotations/writing";
import { useReview, useUi, useView } from "./context";
import { Failures } from "./failure";
import { shortDigest } from "./header";
import { useMaySteer, useMayWrite, useWhyNot } from "./may";
import { Approvals } from "./policy";
import { focusReview } from "./reveal";
import { strings } from "./strings";
import { ago } from "./time";

const DECISIONS = new Set(["submit_review", "withdraw_review", "set_policy"]);

/** My verdict: which revision it is about, and what the policy still wants. */
export function VerdictBar() {
  const verdict = useUi((state) => state.verdict);
  const revision = useView(({ plan }) => plan.revisions.at(-1));
  const may = useMayWrite();
  useStandingSeen();
  return (
    <footer className="verdict">
      <Failures about={({ op }) => DECISIONS.has(op)} />
      {may && verdict && revision && <Summary verdict={verdict} revision={revision} />}
      <div className="verdict-row">
        <Approvals />
        {!(may && verdict) && <Sentence revision={revision} />}
        <span className="space" />
        {may && <Choices revision={revision} />}
      </div>
    </footer>
  );
}

/** Who has the page open sees revisions and verdicts. */
function useStandingSeen(): void {
  const { session } = useReview();
  const revisions = useView(({ plan }) => plan.revisions);
  const reviews = useView(({ plan }) => plan.reviews);
  useEffect(() => {
    const withdrawn = reviews.filter((one) => one.withdrawn).map((one) => `${one.id}/withdrawn`);
    session.seen([...[...revisions, ...reviews].map((one) => one.id), ...withdrawn]);
  }, [session, revisions, reviews]);
}

function Sentence({ revision }: { revision: Revision | undefined }) {
  const { session } = useReview();
  const stale = useView(({ plan }) => plan.approval?.stale ?? false);
  const mine = useMine(revision);
  const notice = useNotice();
  const owner = useView(({ plan, live }) => plan.owner === live.me.id);
  const steers = useMaySteer();
  const whyNot = useWhyNot();
  if (whyNot) return <span className="quiet sentence">{whyNot}</span>;
  if (!revision) {
    return (
      <span className="quiet sentence">
        {strings.noReviewAsked} {steers && <Ask />}
      </span>
    );
  }
  if (mine) {
    return (
      <span className="quiet sentence" role="status">
        {strings.yourVerdict(
          strings.verdictDone[mine.verdict],
          revision.number,
          ago(mine.timestamp),
        )}{" "}
        <button
          type="button"
          className="word"
          onClick={() => session.submit({ op: "withdraw_review", reviewId: mine.id })}
        >
          {strings.takeBack}
        </button>
      </span>
    );
  }
  if (stale || notice) {
    const text = stale ? strings.editedNotice(revision.number) : notice;
    return (
      <span className={`sentence ${stale ? "stale" : "quiet"}`}>
        {text} {stale && owner && steers && <Ask />}
      </span>
    );
  }
  return (
    <span className="quiet sentence optional">
      {strings.reviewIsAbout}
      <span className="mono">
        {strings.revision(revision.number, shortDigest(revision.digest))}
      </span>
    </span>
  );
}

function Ask() {
  const { session } = useReview();
  const ask = () => session.submit({ op: "request_review" });
  return (
    <button type="button" className="word" onClick={ask}>
      {strings.askForReview}
    </button>
  );
}

/** My last verdict on a revision, unless I took it back. */
function useMine(revision: Revision | undefined): Review | undefined {
  const reviews = useView(({ plan }) => plan.reviews);
  const me = useView(({ live }) => live.me.id);
  return reviews.findLast(
    (one) => one.author === me && one.revision === revision?.id && !one.withdrawn,
  );
}

/** Why an approval by me would not count. */
function useNotice(): string | null {
  const me = useView(({ live }) => live.me);
  const owner = useView(({ plan }) => plan.owner);
  const excluded = useView(({ plan }) => plan.policy.excludeAuthor);
  if (me.kind === "agent") return strings.agentNotice;
  return excluded && owner === me.id ? strings.ownerNotice : null;
}

const STYLE: Record<Verdict, string> = {
  commented: "",
  changes_requested: "warn",
  approved: "main ok",
};

function Choices({ revision }: { revision: Revision | undefined }) {
  const { ui } = useReview();
  const person = useView(({ live }) => live.me.kind === "human");
  const chosen = useUi((state) => state.verdict);
  const approved = useMine(revision)?.verdict === "approved";
  const offered: Verdict[] = ["commented", "changes_requested", ...(person ? APPROVE : [])];
  return (
    <div className="choices">
      {offered.map((verdict) => (
        <button
          key={verdict}
          type="button"
          className={`button ${STYLE[verdict]}`}
          disabled={!revision || (approved && verdict === "approved")}
          aria-expanded={chosen === verdict}
          onClick={() => ui.set({ verdict: chosen === verdict ? null : verdict })}
        >
          {label(verdict, revision)}
        </button>
      ))}
    </div>
  );
}

const APPROVE: readonly Verdict[] = ["approved"];

function label(verdict: Verdict, revision: Revision | undefined): string {
  const approves = verdict === "approved" && revision;
  return approves ? strings.approve(revision.number) : strings.verdict[verdict];
}

/** Stays with the revision that the person read, until they say that they read the newer one. */
function Summary({ verdict, revision: newest }: { verdict: Verdict; revision: Revision }) {
  const { root, session, ui } = useReview();
  const [revision, setRevision] = useState(newest);
  const overtaken = newest.id !== revision.id;
  const close = () => {
    ui.set({ verdict: null });
    focusReview(root);
  };
  const send = (summary: string) => {
    const { id, digest } = revision;
    session.submit({ op: "submit_review", revision: id, digest, verdict, summary });
    close();
  };
  return (
    <section className="summary" aria-label={strings.summary}>
      <p>
        <b>{strings.verdict[verdict]}</b> ·{" "}
        <span className="mono quiet">
          {strings.revision(revision.number, shortDigest(revision.digest))}
        </span>
      </p>
      {overtaken && (
        <p className="sentence stale" role="alert">
          {strings.overtaken(newest.number)}{" "}
          <button type="button" className="word" onClick={() => setRevision(newest)}>
            {strings.reviewInstead(newest.number)}
          </button>
        </p>
      )}
      <Writing
        key={verdict}
        draft={`verdict:${verdict}`}
        label={strings.summary}
        placeholder={strings.summaryPlaceholder[verdict]}
        action={label(verdict, revision)}
        optional={verdict === "approved"}
        kind={verdict}
        held={overtaken}
        focus
        send={send}
        cancel={close}
      />
    </section>
  );
}
