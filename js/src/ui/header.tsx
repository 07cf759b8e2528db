import { useState } from "react";
import type { Presence } from "../model/view";
import { Avatar } from "./avatar";
import { ConnectionChip } from "./connection";
import { useView } from "./context";
import { Enlarge } from "./enlarge";
import { StatusChip } from "./status";
import { strings } from "./strings";
import { clockTime } from "./time";

/** What it is, how it stands, who is here. */
export function Header({ enlarge }: { enlarge: boolean }) {
  const title = useView(({ plan }) => plan.title);
  const pr = useView(({ plan }) => plan.pr);
  return (
    <header className="header">
      <h1 title={title}>{title}</h1>
      <StatusChip />
      <RevisionChip />
      {pr !== undefined && <span className="chip optional">{strings.pr(pr)}</span>}
      <span className="space" />
      <ConnectionChip />
      <Present />
      {enlarge && <Enlarge />}
    </header>
  );
}

function RevisionChip() {
  const revision = useView(({ plan }) => plan.revisions.at(-1));
  const text = revision ? strings.revision(revision.number, shortDigest(revision.digest)) : null;
  return <span className="chip mono optional">{text ?? strings.noRevision}</span>;
}

/** The seven characters that people compare. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, "").slice(0, 7);
}

const SHOWN = 4;

function Present() {
  const presence = useView(({ live }) => live.presence);
  const agent = useView(({ live }) => live.agent);
  const [all, setAll] = useState(false);
  const people = unique(presence);
  const shown = all ? people : people.slice(0, SHOWN);
  const words = strings.agent(agent, agent.since ? clockTime(agent.since) : "");
  return (
    <>
      {words && <span className="agent-words quiet optional">{words}</span>}
      <ul className="present" aria-label={strings.present}>
        {shown.map(({ actor, working }) => (
          <li key={actor.id} data-working={working || undefined}>
            <Avatar {...actor} name={strings.presence(actor.name, working)} />
          </li>
        ))}
        {people.length > shown.length && (
          <li>
            <button type="button" className="word" onClick={() => setAll(true)}>
              {strings.more(people.length - shown.length)}
            </button>
          </li>
        )}
      </ul>
    </>
  );
}

/** One entry for everybody, though they may have several windows open. */
function unique(presence: readonly Presence[]): Presence[] {
  const byActor = new Map<string, Presence>();
  for (const one of presence) {
    const known = byActor.get(one.actor.id);
    if (!known || (one.working && !known.working)) byActor.set(one.actor.id, one);
  }
  return [...byActor.values()];
}
