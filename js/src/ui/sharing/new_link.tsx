import { type FormEvent, useId, useState } from "react";
import type { MemberRole } from "../../model/view";
import type { Invitation, SessionError } from "../../session/session";
import { useReview } from "../context";
import { ErrorLine } from "../failure";
import { MadeLink } from "./made_link";
import { strings } from "./strings";
import { asError } from "./use_invitations";

const ROLES: readonly MemberRole[] = ["reviewer", "viewer", "owner"];
const DAY = 86_400;
const PERIODS = { day: DAY, week: 7 * DAY, month: 30 * DAY, never: null } as const;
type Period = keyof typeof PERIODS;
/** Characters of a note that the host keeps. */
const LONGEST_NOTE = 200;

/** What the link shall allow and for how long, and then the link. */
export function NewLink({ made: told }: { made: (invitation: Invitation) => void }) {
  const { session } = useReview();
  const [role, setRole] = useState<MemberRole>("reviewer");
  const [period, setPeriod] = useState<Period>("week");
  const [note, setNote] = useState("");
  const [made, setMade] = useState<Invitation | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<SessionError | null>(null);
  const make = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      const wanted = { role, seconds: PERIODS[period], note: note.trim() };
      const invitation = await session.sharing!.invite(wanted);
      setMade(invitation);
      setNote("");
      told(invitation);
    } catch (reason) {
      setError(asError(reason));
    } finally {
      setBusy(false);
    }
  };
  if (made) return <MadeLink invitation={made} another={() => setMade(null)} />;
  return (
    <form className="new-link" onSubmit={make}>
      <Roles role={role} choose={setRole} />
      <div className="fields">
        <Periods period={period} choose={setPeriod} />
        <Note note={note} write={setNote} />
      </div>
      {error && <ErrorLine error={error} />}
      <div className="actions">
        <button type="submit" className="button main" disabled={busy}>
          {busy ? strings.making : strings.make}
        </button>
      </div>
    </form>
  );
}

function Roles({ role, choose }: { role: MemberRole; choose: (role: MemberRole) => void }) {
  return (
    <fieldset className="roles">
      <legend>{strings.role}</legend>
      {ROLES.map((one) => (
        <label key={one}>
          <input type="radio" name="role" checked={role === one} onChange={() => choose(one)} />
          <span>
            {strings.roles[one]} <span className="quiet">{strings.roleHint[one]}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function Periods({ period, choose }: { period: Period; choose: (period: Period) => void }) {
  return (
    <label>
      {strings.holds}
      <select value={period} onChange={(event) => choose(event.target.value as Period)}>
        {(Object.keys(PERIODS) as Period[]).map((one) => (
          <option key={one} value={one}>
            {strings.periods[one]}
          </option>
        ))}
      </select>
    </label>
  );
}

function Note({ note, write }: { note: string; write: (note: string) => void }) {
  const hint = useId();
  return (
    <label>
      {strings.note}
      <input
        type="text"
        value={note}
        maxLength={LONGEST_NOTE}
        placeholder={strings.noteHint}
        aria-describedby={hint}
        onChange={(event) => write(event.target.value)}
      />
      <span id={hint} className="hidden">
        {strings.noteHint}
      </span>
    </label>
  );
}
