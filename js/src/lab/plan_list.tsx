import { useState, useSyncExternalStore } from "react";
import { ago } from "../ui/time";
import type { Listing } from "./listing";
import type { Summary } from "./server";
import { strings } from "./strings";

interface Props {
  listing: Listing;
  open: (planId: string) => void;
  ask: () => void;
}

/** The plans that the server can see, newest first. */
export function PlanList({ listing, open, ask }: Props) {
  const { plans, losses, state, detail } = useSyncExternalStore(
    listing.subscribe,
    listing.getState,
  );
  const [filter, setFilter] = useState("");
  const wanted = filter.trim().toLowerCase();
  const shown = plans.filter((plan) => words(plan).toLowerCase().includes(wanted));
  if (state === "no-server") return <Nothing text={strings.noServer} hint={strings.noServerHint} />;
  return (
    <>
      <div className="peerplan-head">
        <input
          type="search"
          aria-label={strings.filter}
          placeholder={strings.filter}
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
        <button type="button" onClick={ask}>
          {strings.openPlan}
        </button>
      </div>
      {(state === "offline" || state === "failed") && (
        <p className="peerplan-note" role="status">
          {state === "offline" ? strings.offline : detail} {plans.length > 0 && strings.asItWas}
        </p>
      )}
      {losses.length > 0 && (
        <p className="peerplan-note" role="status">
          {strings.broken} {losses.join(" ")}
        </p>
      )}
      {state === "ready" && plans.length === 0 && (
        <Nothing text={strings.empty} hint={strings.emptyHint} />
      )}
      {plans.length > 0 && shown.length === 0 && <Nothing text={strings.noMatch} />}
      <ul>
        {[...shown]
          .sort((a, b) => b.updated - a.updated)
          .map((plan) => (
            <li key={plan.id}>
              <Row plan={plan} open={() => open(plan.id)} />
            </li>
          ))}
      </ul>
    </>
  );
}

function words(plan: Summary): string {
  return [plan.title, plan.id, plan.repo, strings.status[plan.status]].join(" ");
}

function Row({ plan, open }: { plan: Summary; open: () => void }) {
  const { status, pr, updated, unread, agent } = plan;
  const facts = [
    ...(pr ? [strings.pr(pr)] : []),
    ...(plan.open > 0 ? [strings.openComments(plan.open)] : []),
    ...(strings.agent[agent.state] ? [strings.agent[agent.state]] : []),
    ago(updated),
  ];
  return (
    <button type="button" className="peerplan-row" onClick={open} title={plan.repo ?? plan.id}>
      <span className="peerplan-title">{plan.title}</span>
      {unread > 0 && (
        <span className="peerplan-unread" role="img" aria-label={strings.unread(unread)}>
          {unread}
        </span>
      )}
      <span className="peerplan-facts">
        <b className={`peerplan-${status}`}>{strings.status[status]}</b> · {facts.join(" · ")}
      </span>
    </button>
  );
}

function Nothing({ text, hint }: { text: string; hint?: string }) {
  return (
    <div className="peerplan-nothing">
      <p>{text}</p>
      {hint && <p className="peerplan-note">{hint}</p>}
    </div>
  );
}
