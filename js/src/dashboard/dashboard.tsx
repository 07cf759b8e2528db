import { useState, useSyncExternalStore } from "react";
import type { Dashboard as Team } from "../model/generated/team";
import { clockTime } from "../ui/time";
import { People, Run, Tasks } from "./parts";
import type { TeamFeed } from "./server";
import { strings } from "./strings";
import { money } from "./words";

/** Who runs what in a team, how far tasks are, what they cost, and who is there. */
export function Dashboard({ feed }: { feed: TeamFeed }) {
  const { team, at, problem } = useSyncExternalStore(feed.subscribe, feed.getShown);
  const [project, setProject] = useState("");
  return (
    <div className="dashboard">
      <header>
        <h1>{strings.title}</h1>
        {team && team.projects.length > 1 && (
          <label>
            <span className="hidden">{strings.project}</span>
            <select value={project} onChange={(event) => setProject(event.target.value)}>
              <option value="">{strings.allProjects}</option>
              {team.projects.map(({ key, name }) => (
                <option key={key} value={key}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
        {team?.projects.length === 1 && <span className="project">{team.projects[0]!.name}</span>}
        <p className={problem ? "told problem" : "told"} role="status">
          {problem || (team ? strings.updated(clockTime(at)) : strings.loading)}
        </p>
      </header>
      {team && <Whole team={of(team, project)} at={at} alone={project !== ""} />}
    </div>
  );
}

function Whole({ team, at, alone }: { team: Team; at: number; alone: boolean }) {
  const live = team.runs.filter((run) => run.live);
  if (team.tasks.length === 0) {
    return (
      <main className="nothing">
        <p>{strings.nothing}</p>
        <p className="facts">{strings.nothingHint}</p>
      </main>
    );
  }
  return (
    <main>
      <Numbers team={team} />
      <section aria-labelledby="now">
        <h2 id="now">{strings.now}</h2>
        {live.length === 0 && <p className="facts">{strings.nobody}</p>}
        <ul className="cards">
          {live.map((run) => (
            <Run
              key={[run.project, run.who, run.task, run.tag, run.machine].join(" ")}
              run={run}
              at={at}
            />
          ))}
        </ul>
      </section>
      <div className="columns">
        <section aria-labelledby="tasks">
          <h2 id="tasks">{strings.tasks}</h2>
          <Tasks tasks={team.tasks} at={at} />
        </section>
        {!alone && team.people.length > 0 && (
          <section aria-labelledby="people">
            <h2 id="people">{strings.people}</h2>
            <People people={team.people} at={at} />
          </section>
        )}
      </div>
      <footer className="facts">{strings.forgotten(team.keep_days)}</footer>
    </main>
  );
}

function Numbers({ team }: { team: Team }) {
  const live = team.runs.filter((run) => run.live);
  const waiting = live.filter((run) => run.status === "waiting").length;
  const working = new Set(live.map((run) => run.who)).size;
  return (
    <ul className="numbers">
      <Figure figure={String(working)} word={strings.working(working)} />
      <Figure figure={String(live.length)} word={strings.running(live.length)} />
      <Figure figure={String(waiting)} word={strings.waiting(waiting)} mark={waiting > 0} />
      <Figure figure={money(team.total_cost)} word={strings.cost} />
    </ul>
  );
}

function Figure({ figure, word, mark }: { figure: string; word: string; mark?: boolean }) {
  return (
    <li className={mark ? "mark" : undefined}>
      <b>{figure}</b> <span>{word}</span>
    </li>
  );
}

/** What is of one project, or all. */
function of(team: Team, project: string): Team {
  const chosen = team.projects.find(({ key }) => key === project);
  if (!chosen) return team;
  return {
    ...team,
    total_cost: chosen.cost,
    runs: team.runs.filter((run) => run.project === project),
    tasks: team.tasks.filter((task) => task.project === project),
  };
}
