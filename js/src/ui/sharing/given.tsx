import { useRef, useState } from "react";
import type { Invitation, SessionError } from "../../session/session";
import { useView } from "../context";
import { Copy } from "../copy";
import { ErrorLine } from "../failure";
import { ago, fullTime } from "../time";
import { strings } from "./strings";
import { asError } from "./use_invitations";

type Revoke = (id: string) => Promise<void>;

interface Props {
  invitations: readonly Invitation[];
  revoke: Revoke;
}

/** The links that were given away; those that are over only when asked for. */
export function Given({ invitations, revoke: takeBack }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  const revoke = async (id: string) => {
    await takeBack(id);
    heading.current?.focus();
  };
  const open = invitations.filter((one) => one.state === "open");
  const over = invitations.filter((one) => one.state !== "open");
  if (invitations.length === 0) return null;
  return (
    <section className="given-links" aria-labelledby="given-heading">
      <h3 id="given-heading" ref={heading} tabIndex={-1}>
        {strings.given}
      </h3>
      <ul>
        {open.map((one) => (
          <Open key={one.id} invitation={one} revoke={revoke} />
        ))}
      </ul>
      {over.length > 0 && (
        <details>
          <summary>{strings.over(over.length)}</summary>
          <ul>
            {over.map((one) => (
              <li key={one.id}>
                <Words invitation={one} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function Open({ invitation, revoke }: { invitation: Invitation; revoke: Revoke }) {
  const [asking, setAsking] = useState(false);
  const name = invitation.note || strings.nobody;
  const again = useRef<HTMLButtonElement>(null);
  const keep = () => {
    setAsking(false);
    requestAnimationFrame(() => again.current?.focus());
  };
  return (
    <li>
      <Words invitation={invitation} />
      {asking ? (
        <Sure revoke={() => revoke(invitation.id)} keep={keep} />
      ) : (
        <div className="actions">
          <Copy
            text={invitation.url}
            label={strings.copy}
            name={strings.copyName(name)}
            className="word"
          />
          <button
            ref={again}
            type="button"
            className="word"
            aria-label={strings.revokeName(name)}
            onClick={() => setAsking(true)}
          >
            {strings.revoke}
          </button>
        </div>
      )}
    </li>
  );
}

function Words({ invitation }: { invitation: Invitation }) {
  const { note, role, state, expires, at } = invitation;
  const here = useHere(invitation.id);
  const holds =
    state === "open" ? strings.until(expires ? fullTime(expires) : "") : strings.state[state];
  return (
    <>
      <p className="name">{note || strings.nobody}</p>
      <p className="quiet">
        {strings.roles[role]} · {holds} · {strings.made(ago(at))}
      </p>
      {here.length > 0 && <p>{strings.hereByIt(here)}</p>}
    </>
  );
}

/** Who is in the room by a link, by name. */
function useHere(id: string): string[] {
  const members = useView(({ live }) => live.members);
  const by = members?.filter((one) => one.invitation === id && one.path && one.identity) ?? [];
  return [...new Set(by.map(({ identity }) => identity!.name))];
}

function Sure({ revoke, keep }: { revoke: () => Promise<void>; keep: () => void }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<SessionError | null>(null);
  const go = () => {
    setBusy(true);
    revoke().catch((reason: unknown) => {
      setBusy(false);
      setError(asError(reason));
    });
  };
  return (
    <div className="sure">
      <p>{strings.sure}</p>
      {error && <ErrorLine error={error} />}
      <div className="actions">
        <button type="button" className="button warn" disabled={busy} onClick={go}>
          {strings.revoke}
        </button>
        <button
          type="button"
          className="button"
          // biome-ignore lint/a11y/noAutofocus: the person has just asked, and this is the safe way
          autoFocus
          onClick={keep}
        >
          {strings.keep}
        </button>
      </div>
    </div>
  );
}
