import type { PersonRow, ReportedPhase, RunRow, TaskRow } from "../model/generated/team";
import { Avatar } from "../ui/avatar";
import { strings } from "./strings";
import { heard, money, stateOf, statusWord } from "./words";

export function State({ state, phase }: { state: string; phase?: string }) {
  return (
    <span className={`state ${state}`}>
      {statusWord(state)}
      {phase && <i>{phase}</i>}
    </span>
  );
}

/** A mark for each phase, in order. */
function Phases({ phases }: { phases: readonly ReportedPhase[] }) {
  return (
    <ol className="phases">
      {phases.map(({ name, status }) => (
        <li key={name} className={status} title={strings.phase(name, statusWord(status))}>
          <span>{name}</span>
        </li>
      ))}
    </ol>
  );
}

export function Run({ run, at }: { run: RunRow; at: number }) {
  const { task, title, who, phase, phases, branch, cost, plan, seen } = run;
  const facts = [
    ...(branch ? [branch] : []),
    ...(plan ? [strings.plan(plan)] : []),
    ...(cost === undefined ? [] : [money(cost)]),
    heard(seen, at),
  ];
  return (
    <li className="card">
      <div className="line">
        <Avatar id={who} name={who} kind="human" silent />
        <b className="name">{who}</b>
        <State state={run.status} phase={phase} />
      </div>
      <p className="title">
        <span className="id">{task}</span> {title}
      </p>
      {phases.length > 0 && <Phases phases={phases} />}
      <p className="facts">{facts.join(" · ")}</p>
    </li>
  );
}

export function Tasks({ tasks, at }: { tasks: readonly TaskRow[]; at: number }) {
  return (
    <table className="tasks">
      <thead>
        <tr>
          <th scope="col">{strings.task}</th>
          <th scope="col">{strings.state}</th>
          <th scope="col">{strings.who}</th>
          <th scope="col" className="number">
            {strings.costColumn}
          </th>
          <th scope="col">{strings.heard}</th>
        </tr>
      </thead>
      <tbody>
        {tasks.map((task) => (
          <tr key={`${task.project} ${task.task}`}>
            <th scope="row">
              <span className="id">{task.task}</span> <span className="title">{task.title}</span>
            </th>
            <td>
              <State state={stateOf(task)} phase={task.phase} />
            </td>
            <td className="who">{task.people.join(", ")}</td>
            <td className="number">
              <Cost cost={task.cost} limit={task.warn_per_task} />
            </td>
            <td className="quiet">{heard(task.seen, at)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cost({ cost, limit }: { cost: number | undefined; limit: number | undefined }) {
  if (cost === undefined || limit === undefined || cost <= limit) return <>{money(cost)}</>;
  const why = strings.over(money(limit));
  return (
    <span className="much" title={why}>
      {money(cost)}
      <span className="hidden">, {why}</span>
    </span>
  );
}

export function People({ people, at }: { people: readonly PersonRow[]; at: number }) {
  return (
    <ul className="people">
      {people.map((person) => (
        <li key={`${person.name} ${person.known}`}>
          <Avatar id={person.name} name={person.name} kind="human" silent />
          <div>
            <b className="name" title={person.known ? undefined : strings.unknown}>
              {person.name}
            </b>
            <p className="facts">
              <span className={`presence ${person.presence}`}>
                {person.presence === "working" ? strings.present : strings.away}
              </span>
              {person.tasks.length > 0
                ? ` · ${person.tasks.join(", ")}`
                : ` · ${heard(person.seen, at)}`}
            </p>
          </div>
          <span className="number">{money(person.cost)}</span>
        </li>
      ))}
    </ul>
  );
}
