import { useState } from "react";
import { Popover } from "../../ui/popover";
import { saveFile, usePage, usePageState } from "./context";
import { strings } from "./strings";

/** What of mine nobody else has, and the ways it can go. */
export function Unsent() {
  const unsent = usePageState((state) => state.unsent);
  if (unsent === 0) return null;
  return (
    <Popover className="standing" chip="unsent" label={<span>{strings.unsent(unsent)}</span>}>
      <Ways unsent={unsent} />
    </Popover>
  );
}

function Ways({ unsent }: { unsent: number }) {
  const session = usePage();
  const role = usePageState((state) => state.role);
  const access = usePageState((state) => state.access);
  const [saved, setSaved] = useState(false);
  const save = () => setSaved(saveFile(session.bundle()));
  return (
    <>
      <p>{strings.unsentSentence(unsent)}</p>
      <p className="quiet">
        {role !== null && `${strings.goes.room} `}
        {access?.writes && !access.given && `${strings.goes.branch} `}
        {strings.goes.file}
      </p>
      <div className="actions">
        {access?.writes && <Send given={access.given} />}
        <button type="button" className="button" onClick={save}>
          {strings.save}
        </button>
      </div>
      {saved && (
        <p className="quiet" role="status">
          {strings.saved} <code>{strings.importCommand}</code>
        </p>
      )}
    </>
  );
}

function Send({ given }: { given: boolean }) {
  const session = usePage();
  const sending = usePageState((state) => state.busy === "sending");
  // A failure is said in a notice.
  const send = () => void session.publish().catch(() => undefined);
  const ask = () => session.page.set({ asked: "token" });
  return (
    <button type="button" className="button main" disabled={sending} onClick={given ? send : ask}>
      {sending ? strings.sending : given ? strings.send : strings.remedy.token}
    </button>
  );
}
