import { useReview, useUi, useView } from "../context";
import { useMayWrite } from "../may";
import { reveal } from "../reveal";
import { type Composing, draftOf } from "../state";
import { strings } from "../strings";
import { words } from "./about";

/** Comments that were begun and left: each waits where it can be seen, with what it is about. */
export function Drafts() {
  const drafts = useUi((state) => state.drafts);
  return drafts.map((one) => <Draft key={draftOf(one.target)} draft={one} />);
}

/** How many there are, where they may have scrolled away. */
export function DraftCount() {
  const { root } = useReview();
  const number = useUi((state) => state.drafts.length);
  if (number === 0) return null;
  return (
    <button type="button" className="word" onClick={() => reveal(root, ".begun", "start")}>
      {strings.drafts(number)}
    </button>
  );
}

function Draft({ draft }: { draft: Composing }) {
  const { ui } = useReview();
  const may = useMayWrite();
  const { target, type } = draft;
  const about = useView(({ plan }) => words(target, plan));
  const text = ui.memory.read<string>(`draft:${draftOf(target)}`);
  return (
    <section className={`begun ${type}`} aria-label={strings.draft}>
      <p className="by">
        <span className="kind">{strings.draft}</span>
        <span className="name">{about}</span>
      </p>
      <p className="text">{text}</p>
      <div className="actions">
        <button type="button" className="word" onClick={() => ui.discardDraft(target)}>
          {strings.discard}
        </button>
        {may && (
          <button type="button" className="word" onClick={() => ui.compose(target, type)}>
            {strings.goOn}
          </button>
        )}
      </div>
    </section>
  );
}
