import { useEffect, useId, useRef, useState } from "react";
import { SessionError } from "../session/session";
import { useReview, useView } from "./context";
import { ErrorLine } from "./failure";
import { strings } from "./strings";
import { ago, clockTime } from "./time";

/** How we are connected, in a word; in sentences when asked. */
export function ConnectionChip() {
  const connection = useView(({ live }) => live.connection);
  const [open, setOpen] = useState(false);
  const id = useId();
  const home = useRef<HTMLDivElement>(null);
  useClosing(home, open, () => setOpen(false));
  return (
    <div className="connection" ref={home}>
      <button
        type="button"
        className={`chip ${connection.state}`}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        <span className="dot" />
        <span aria-live="polite">{strings.connection(connection)}</span>
      </button>
      <div id={id} className="popover" hidden={!open}>
        {open && <Details />}
      </div>
    </div>
  );
}

function Details() {
  const connection = useView(({ live }) => live.connection);
  const publication = useView(({ live }) => live.publication);
  const since = connection.since ? clockTime(connection.since) : "";
  return (
    <>
      <p>
        {strings.connectionSentence(connection, since)} {connection.detail}
      </p>
      <p>{strings.publication(publication, publication.at ? ago(publication.at) : "")}</p>
      {publication.error && <p className="error">{publication.error}</p>}
      <div className="actions">
        {publication.state !== "published" && connection.state !== "offline" && <Publish />}
        {publication.url && <CopyLink url={publication.url} />}
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

function CopyLink({ url }: { url: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () => navigator.clipboard?.writeText(url).then(() => setCopied(true));
  return (
    <button type="button" className="button" onClick={copy}>
      {copied ? strings.copied : strings.copyLink}
    </button>
  );
}

/** Escape, or a press elsewhere, closes. */
function useClosing(home: React.RefObject<HTMLElement | null>, open: boolean, close: () => void) {
  useEffect(() => {
    if (!open) return;
    const press = (event: Event) => {
      if (home.current && !event.composedPath().includes(home.current)) close();
    };
    const key = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      close();
    };
    const element = home.current;
    document.addEventListener("pointerdown", press);
    element?.addEventListener("keydown", key);
    return () => {
      document.removeEventListener("pointerdown", press);
      element?.removeEventListener("keydown", key);
    };
  });
}
