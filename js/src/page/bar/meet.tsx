import { type ReactNode, useId, useState } from "react";
import { PeerPlanError } from "../../model/errors";
import { ErrorLine } from "../../ui/failure";
import { usePage } from "./context";
import { strings } from "./strings";

type Stage =
  | { at: "start" }
  | { at: "offered"; text: string; answered: (text: string) => Promise<void>; cancel: () => void }
  | { at: "given" }
  | { at: "answering"; text: string; cancel: () => void }
  | { at: "waiting" }
  | { at: "done" };

/** Two people who carry two texts meet without any server. */
export function MeetByHand() {
  const session = usePage();
  const [stage, setStage] = useState<Stage>({ at: "start" });
  const [error, setError] = useState<PeerPlanError | null>(null);
  const attempt = async (run: () => Promise<Stage>) => {
    setError(null);
    try {
      setStage(await run());
    } catch (reason) {
      if (!(reason instanceof PeerPlanError)) throw reason;
      setError(reason);
    }
  };
  const begin = async (): Promise<Stage> => {
    const { text, answered, cancel } = await session.byHand!.introduce();
    return { at: "offered", text, answered, cancel };
  };
  const answer = async (given: string): Promise<Stage> => {
    const { text, linked, cancel } = await session.byHand!.answer(given);
    linked.then(
      () => setStage({ at: "done" }),
      (reason: PeerPlanError) => setError(reason),
    );
    return { at: "answering", text, cancel };
  };
  return (
    <section className="one-field" aria-label={strings.meet}>
      <p>{strings.meet}</p>
      {stage.at === "start" && (
        <>
          <p className="quiet">{strings.meetHint}</p>
          <div className="actions">
            <button type="button" className="button" onClick={() => attempt(begin)}>
              {strings.meetBegin}
            </button>
            <button type="button" className="button" onClick={() => setStage({ at: "given" })}>
              {strings.meetGiven}
            </button>
          </div>
        </>
      )}
      {stage.at === "offered" && (
        <>
          <Shown label={strings.meetFirst} text={stage.text} />
          <Pasted
            label={strings.meetBack}
            use={(text) =>
              attempt(async () => {
                await stage.answered(text);
                return { at: "done" };
              })
            }
          />
        </>
      )}
      {stage.at === "given" && (
        <Pasted label={strings.meetTheirs} use={(text) => attempt(() => answer(text))} />
      )}
      {stage.at === "answering" && (
        <Shown label={strings.meetAnswer} text={stage.text}>
          <p className="quiet" role="status">
            {strings.meetWaiting}
          </p>
        </Shown>
      )}
      {stage.at === "done" && <p role="status">{strings.meetDone}</p>}
      {error && <ErrorLine error={error} />}
    </section>
  );
}

function Shown({ label, text, children }: { label: string; text: string; children?: ReactNode }) {
  const [copied, setCopied] = useState(false);
  const id = useId();
  const copy = () => navigator.clipboard?.writeText(text).then(() => setCopied(true));
  return (
    <>
      <label htmlFor={id}>{label}</label>
      <textarea id={id} className="mono" readOnly rows={3} value={text} />
      <div className="actions">
        <button type="button" className="button" onClick={copy}>
          {copied ? strings.copied : strings.copy}
        </button>
      </div>
      {children}
    </>
  );
}

function Pasted({ label, use }: { label: string; use: (text: string) => void }) {
  const [text, setText] = useState("");
  const id = useId();
  return (
    <>
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        className="mono"
        rows={3}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="actions">
        <button
          type="button"
          className="button main"
          disabled={!text.trim()}
          onClick={() => use(text.trim())}
        >
          {strings.meetConnect}
        </button>
      </div>
    </>
  );
}
