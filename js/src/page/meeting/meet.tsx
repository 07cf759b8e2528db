import { ErrorLine } from "../../ui/failure";
import { Pasted, Shown } from "./carried";
import { strings } from "./strings";
import { useMeeting } from "./use_meeting";

/** Two people who carry two texts meet without any server. */
export function MeetByHand() {
  const meeting = useMeeting();
  return (
    <section className="one-field meeting" aria-label={strings.heading}>
      <p>{strings.heading}</p>
      <Step {...meeting} />
      {meeting.error && <ErrorLine error={meeting.error} />}
    </section>
  );
}

function Step({ stage, begin, give, answer, connect }: ReturnType<typeof useMeeting>) {
  switch (stage.at) {
    case "start":
      return (
        <>
          <p className="quiet">{strings.hint}</p>
          <div className="actions">
            <button type="button" className="button" onClick={begin}>
              {strings.begin}
            </button>
            <button type="button" className="button" onClick={give}>
              {strings.given}
            </button>
          </div>
        </>
      );
    case "offered":
      return (
        <>
          <Shown label={strings.first} text={stage.text} />
          <Pasted
            label={strings.back}
            busy={stage.connecting}
            use={(text) => connect(stage, text)}
          />
          {stage.connecting && <Waiting told={strings.connecting} />}
        </>
      );
    case "given":
      return <Pasted label={strings.theirs} use={answer} />;
    case "answering":
      return (
        <>
          <Shown label={strings.answer} text={stage.text} />
          <Waiting told={strings.waiting} />
        </>
      );
    case "done":
      return <p role="status">{strings.done}</p>;
  }
}

function Waiting({ told }: { told: string }) {
  return (
    <p className="quiet" role="status">
      {told}
    </p>
  );
}
