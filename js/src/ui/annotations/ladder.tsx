import type { Annotation } from "../../model/view";
import { usePerson, useSessionState, useView } from "../context";
import { strings } from "../strings";

/** How far an annotation has come on its way to the agent. Nothing where no agent is, or while it
 * is still here alone, which `Said` tells. */
export function Ladder({ annotation }: { annotation: Annotation }) {
  const author = usePerson(annotation.author);
  const agent = useView(({ live }) => live.agent.state);
  const pending = useSessionState((state) => state.pending.has(annotation.id));
  const kept = useView(({ live }) => live.unsent?.includes(annotation.id) ?? false);
  const { receipt, disposition } = annotation;
  if (kept) return null;
  if (author.kind === "agent" || (agent === "none" && !receipt && !disposition)) return null;
  const read = receipt?.read !== undefined || disposition !== undefined;
  const rungs: [string, boolean][] = [
    [pending ? strings.ladder.sending : strings.ladder.sent, !pending],
    [strings.ladder.received, receipt?.received !== undefined || read],
    [strings.ladder.read, read],
    [strings.ladder.addressed, disposition !== undefined],
  ];
  return (
    <ol className="ladder" aria-label={strings.delivery}>
      {rungs.map(([word, reached]) => (
        <li key={word} className={reached ? "reached" : ""}>
          {word}
        </li>
      ))}
    </ol>
  );
}
