import { useEffect, useId, useRef, useState } from "react";
import { PeerPlanError } from "../../model/errors";
import { ErrorLine } from "../../ui/failure";
import { QrCode } from "../../ui/sharing/qr_code";
import { scanCode } from "./camera";
import { strings } from "./strings";

/** A text that goes to the other person, and its code. */
export function Shown({ label, text }: { label: string; text: string }) {
  const [copied, setCopied] = useState(false);
  const id = useId();
  const copy = () => navigator.clipboard?.writeText(text).then(() => setCopied(true));
  return (
    <>
      <label htmlFor={id}>{label}</label>
      <div className="row">
        <textarea id={id} className="mono" readOnly rows={2} value={text} />
        <button type="button" className="button" onClick={copy}>
          {copied ? strings.copied : strings.copy}
        </button>
      </div>
      <QrCode text={text} label={strings.code} none={strings.noCode} />
    </>
  );
}

/** A text from the other person: pasted, or read from the code on their screen. */
export function Pasted({ label, busy = false, use }: PastedProps) {
  const [text, setText] = useState("");
  const [scans, setScans] = useState(false);
  const id = useId();
  const scanned = (found: string) => {
    setScans(false);
    setText(found);
    use(found.trim());
  };
  return (
    <>
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        className="mono"
        rows={2}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="actions">
        <button
          type="button"
          className="button main"
          disabled={busy || !text.trim()}
          onClick={() => use(text.trim())}
        >
          {strings.connect}
        </button>
        <button type="button" className="button" disabled={busy} onClick={() => setScans(!scans)}>
          {scans ? strings.stop : strings.scan}
        </button>
      </div>
      {scans && <Scanner found={scanned} />}
    </>
  );
}

interface PastedProps {
  label: string;
  /** Whether the last text is still being used. */
  busy?: boolean;
  use: (text: string) => void;
}

/** The camera, which is on for as long as this is shown, or why it is not. */
function Scanner({ found }: { found: (text: string) => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const told = useRef(found);
  told.current = found;
  const [error, setError] = useState<PeerPlanError | null>(null);
  useEffect(() => {
    const shown = new AbortController();
    scanCode(video.current!, shown.signal).then(
      (text) => shown.signal.aborted || told.current(text),
      (reason: unknown) => {
        if (shown.signal.aborted) return;
        if (!(reason instanceof PeerPlanError)) throw reason;
        setError(reason);
      },
    );
    return () => shown.abort();
  }, []);
  if (error) return <ErrorLine error={error} />;
  return (
    <div className="scanning">
      <video ref={video} muted playsInline tabIndex={-1} />
      <p className="quiet" role="status">
        {strings.scanning}
      </p>
    </div>
  );
}
