import { useSyncExternalStore } from "react";
import type { TaskLine } from "../model/generated/team";
import { strings } from "./strings";
import type { TaskListing } from "./tasks";

interface Props {
  tasks: TaskListing;
  open: (planId: string) => void;
}

/** The tasks of the server's repository; nothing where it has none. */
export function TaskSection({ tasks, open }: Props) {
  const { list, problem, fetching } = useSyncExternalStore(tasks.subscribe, tasks.getState);
  if (!list) return problem ? <p className="peerplan-note peerplan-said">{problem}</p> : null;
  const said = [problem, ...list.warnings].filter(Boolean).join(" ");
  return (
    <section className="peerplan-tasks" aria-label={strings.tasks}>
      <div className="peerplan-head">
        <h3>{strings.tasks}</h3>
        {list.mode !== "solo" && (
          <>
            <a href={tasks.dashboard} target="_blank" rel="noreferrer">
              {strings.dashboard}
            </a>
            <button type="button" disabled={fetching} onClick={() => void tasks.refresh(true)}>
              {fetching ? strings.fetching : strings.fetch}
            </button>
          </>
        )}
      </div>
      {said && (
        <p className="peerplan-note" role="status">
          {said}
        </p>
      )}
      {list.tasks.length === 0 && <p className="peerplan-note">{strings.noTasks}</p>}
      <ul>
        {list.tasks.map((task) => (
          <li key={`${task.id} ${task.uid}`}>
            <Row task={task} open={open} />
          </li>
        ))}
      </ul>
      {list.omitted > 0 && <p className="peerplan-note">{strings.omitted(list.omitted)}</p>}
    </section>
  );
}

function Row({ task, open }: { task: TaskLine; open: (planId: string) => void }) {
  const { id, title, plan, problem, note } = task;
  const inside = (
    <>
      <span className="peerplan-title">{title || strings.unreadable}</span>
      <span className="peerplan-id">{id}</span>
      <Facts task={task} />
    </>
  );
  if (!plan) {
    return (
      <div className="peerplan-row peerplan-still" title={problem || note || title}>
        {inside}
      </div>
    );
  }
  return (
    <button
      type="button"
      className="peerplan-row"
      onClick={() => open(plan)}
      title={strings.reviews(plan)}
    >
      {inside}
    </button>
  );
}

function Facts({ task }: { task: TaskLine }) {
  const { status, phase, problem, holder, assignee, executors } = task;
  if (status === "unreadable") return <span className="peerplan-facts">{problem}</span>;
  const working = executors.filter((one) => one.status === "running" || one.status === "waiting");
  const names = working.map(({ name }) => name).join(", ");
  const who = names || holder || (assignee && strings.assigned(assignee));
  const facts = [phase, who].filter(Boolean);
  return (
    <span className="peerplan-facts">
      <b className={`peerplan-${status}`}>{strings.taskStatus[status] ?? status}</b>
      {facts.map((fact) => ` · ${fact}`)}
    </span>
  );
}
