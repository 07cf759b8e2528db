import { useEffect, useRef, useState } from "react";
import { Avatar } from "../../ui/avatar";
import { loadMeet } from "../meeting/load_meet";
import { usePage, usePageState } from "./context";
import { NameForm } from "./name_form";
import { strings } from "./strings";
import { TokenForm } from "./token_form";

/** Who I am here, and what this browser keeps; opened when something of it is asked for. */
export function You() {
  const { page } = usePage();
  const id = usePageState((state) => state.me);
  const name = usePageState((state) => state.name);
  const asked = usePageState((state) => state.asked);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (asked && !element?.open) element?.showModal();
    if (!asked && element?.open) element.close();
  }, [asked]);
  return (
    <>
      <button type="button" className="chip you" onClick={() => page.set({ asked: "name" })}>
        {name && <Avatar id={id} name={name} kind="human" small silent />}
        <span>{name || strings.nameless}</span>
      </button>
      <dialog
        ref={dialog}
        aria-label={strings.you}
        onClose={() => page.set({ asked: "" })}
        onClick={(event) => event.target === dialog.current && dialog.current?.close()}
        onKeyDown={(event) => event.stopPropagation()}
      >
        {asked && <Panel />}
      </dialog>
    </>
  );
}

function Panel() {
  const { page } = usePage();
  const role = usePageState((state) => state.role);
  const ready = usePageState((state) => state.ready);
  const asked = usePageState((state) => state.asked);
  const access = usePageState((state) => state.access);
  return (
    <div className="panel">
      {role && <p className="quiet">{strings.role[role]}</p>}
      {ready && <NameForm focus={asked === "name"} done={() => page.set({ asked: "" })} />}
      {access && <TokenForm access={access} focus={asked === "token"} />}
      {ready && role && <Meet />}
      {ready && <Forget />}
      <form method="dialog" className="actions">
        <button type="submit" className="button">
          {strings.dismiss}
        </button>
      </form>
    </div>
  );
}

type MeetByHand = Awaited<ReturnType<typeof loadMeet>>["MeetByHand"];

function Meet() {
  const [Loaded, setLoaded] = useState<MeetByHand | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    loadMeet().then(
      ({ MeetByHand }) => setLoaded(() => MeetByHand),
      () => setFailed(true),
    );
  }, []);
  if (failed) return <p className="quiet">{strings.meetUnloaded}</p>;
  return Loaded && <Loaded />;
}

function Forget() {
  const session = usePage();
  const unsent = usePageState((state) => state.unsent);
  const [sure, setSure] = useState(false);
  if (!sure) {
    return (
      <button type="button" className="word" onClick={() => setSure(true)}>
        {strings.forget}
      </button>
    );
  }
  const forget = () => void session.forget().then(() => location.reload());
  return (
    <div>
      <p>{strings.forgetSure(unsent)}</p>
      <div className="actions">
        <button type="button" className="button" onClick={() => setSure(false)}>
          {strings.cancel}
        </button>
        <button type="button" className="button warn" onClick={forget}>
          {strings.forgetYes}
        </button>
      </div>
    </div>
  );
}
