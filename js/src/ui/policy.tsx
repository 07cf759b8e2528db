import { useState } from "react";
import type { Plan } from "../model/view";
import { useReview, useView } from "./context";
import { useMaySteer } from "./may";
import { Popover } from "./popover";
import { Reviews } from "./reviews";
import { strings } from "./strings";

/** How far the policy is met; who gave what, and the policy itself, when asked. */
export function Approvals() {
  const approval = useView(({ plan }) => plan.approval);
  const policy = useView(({ plan }) => plan.policy);
  const [number, word] = strings.approvals(
    approval?.given.length ?? 0,
    approval?.required ?? policy.approvals,
  );
  return (
    <Popover
      className="standing"
      chip="approvals"
      label={
        <>
          <b>{number}</b> <span>{word}</span>
        </>
      }
    >
      <Reviews />
      <Rule />
    </Popover>
  );
}

/** The policy in words, and for people a way to change it. */
function Rule() {
  const policy = useView(({ plan }) => plan.policy);
  const person = useView(({ live }) => live.me.kind === "human");
  const steers = useMaySteer();
  const [changing, setChanging] = useState(false);
  if (changing) return <Change policy={policy} close={() => setChanging(false)} />;
  return (
    <p className="rule">
      {strings.policy.says(policy.approvals, !policy.excludeAuthor)}{" "}
      {person && steers && (
        <button type="button" className="word" onClick={() => setChanging(true)}>
          {strings.policy.change}
        </button>
      )}
    </p>
  );
}

const MOST = 20;

function Change({ policy, close }: { policy: Plan["policy"]; close: () => void }) {
  const { session } = useReview();
  const [approvals, setApprovals] = useState(String(policy.approvals));
  const [authorCounts, setAuthorCounts] = useState(!policy.excludeAuthor);
  const wanted = Number(approvals);
  const fits = Number.isInteger(wanted) && wanted >= 1 && wanted <= MOST;
  const save = () => {
    const changed = {
      ...(wanted !== policy.approvals && { approvals: wanted }),
      ...(authorCounts === policy.excludeAuthor && { excludeAuthor: !authorCounts }),
    };
    if (Object.keys(changed).length > 0) session.submit({ op: "set_policy", ...changed });
    close();
  };
  return (
    <form
      className="rule"
      onSubmit={(event) => {
        event.preventDefault();
        if (fits) save();
      }}
    >
      <label>
        {strings.policy.approvals}
        <input
          // biome-ignore lint/a11y/noAutofocus: the person has just asked for this field
          autoFocus
          type="number"
          min={1}
          max={MOST}
          required
          value={approvals}
          onChange={(event) => setApprovals(event.target.value)}
        />
      </label>
      <label>
        {strings.policy.authorCounts}
        <input
          type="checkbox"
          checked={authorCounts}
          onChange={(event) => setAuthorCounts(event.target.checked)}
        />
      </label>
      <p className="quiet">{strings.policy.everybody}</p>
      <div className="actions">
        <button type="button" className="button" onClick={close}>
          {strings.cancel}
        </button>
        <button type="submit" className="button main" disabled={!fits}>
          {strings.save}
        </button>
      </div>
    </form>
  );
}
