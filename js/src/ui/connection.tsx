import { useState } from "react";
import { SessionError } from "../session/session";
import { useReview, useView } from "./context";
import { Copy } from "./copy";
import { ErrorLine } from "./failure";
import { useWhyNot } from "./may";
import { Popover } from "./popover";
import { strings } from "./strings";
import { ago, clockTime } from "./time";

/** How we are connected, in a word; in sentences when asked. */
export function ConnectionChip() {
  const connection = useView(({ live }) => live.connection);
  const [state, ...path] = strings.connection(connection);
  return (
    <Popover
      className="connection"
      chip={connection.state}
      label={
        <>
          <span className="dot" />
          <span aria-live="polite">
            {state}
            {path.map((part) => (
              <span key={part}> · {part}</span>
            ))}
          </span>
        </>
      }
    >
      <Details />
    </Popover>
  );
}

function Details() {
  const connection = useView(({ live }) => live.connection);
  const publication = useView(({ live }) => live.publication);
  const since = connection.since ? clockTime(connection.since) : "";
  const over = useView(({ live }) => live.me.over !== undefined);
  const whyNot = useWhyNot();
  return (
    <>
      <p>
        {over ? whyNot : strings.connectionSentence(connection, since)} {connection.detail}
      </p>
      <p>{strings.publication(publication, publication.at ? ago(publication.at) : "")}</p>
      {publication.error && <p className="error">{publication.error}</p>}
      <div className="actions">
        {publication.state !== "published" && connection.state !== "offline" && <Publish />}
        {publication.url && (
          <Copy text={publication.url} label={strings.copyLink} className="button" />
        )}
      </div>
    </>
  );
}

function Publish() {
  const { session } = useReview();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<SessionError | null>(null);
  const publish = () => {
    setBusy(true);
    setError(null);
    session
      .publish()
      .catch((reason: unknown) => setError(reason instanceof SessionError ? reason : null))
      .finally(() => setBusy(false));
  };
  return (
    <>
      <button type="button" className="button" disabled={busy} onClick={publish}>
        {busy ? strings.publishing : strings.publish}
      </button>
      {error && <ErrorLine error={error} />}
    </>
  );
}
