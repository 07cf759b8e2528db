import { ConnectionChip } from "./connection";
import { useView } from "./context";
import { Enlarge } from "./enlarge";
import { People } from "./people";
import { ShareButton } from "./sharing/share";
import { StatusChip } from "./status";
import { strings } from "./strings";
import { clockTime } from "./time";

/** What it is, how it stands, who is here, and who else may come. */
export function Header({ enlarge }: { enlarge: boolean }) {
  const title = useView(({ plan }) => plan.title);
  const pr = useView(({ plan }) => plan.pr);
  return (
    <header className="header">
      <h1 title={title}>{title}</h1>
      <StatusChip />
      <RevisionChip />
      {pr !== undefined && <span className="chip optional pr">{strings.pr(pr)}</span>}
      <span className="space" />
      <ConnectionChip />
      <AgentWords />
      <People />
      <ShareButton />
      {enlarge && <Enlarge />}
    </header>
  );
}

function RevisionChip() {
  const revision = useView(({ plan }) => plan.revisions.at(-1));
  if (!revision) return <span className="chip optional">{strings.noRevision}</span>;
  const { number, digest } = revision;
  return (
    <span className="chip mono optional revision" title={digest}>
      <span>{strings.atRevision(number)}</span>
      <span className="digest">· {shortDigest(digest)}</span>
    </span>
  );
}

/** The seven characters that people compare. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, "").slice(0, 7);
}

function AgentWords() {
  const agent = useView(({ live }) => live.agent);
  const words = strings.agent(agent, agent.since ? clockTime(agent.since) : "");
  return words ? <span className="agent-words quiet optional">{words}</span> : null;
}
