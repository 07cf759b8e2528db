import { useState } from "react";
import { strings } from "../strings";
import { useArtifactText } from "./content";
import { Reading } from "./reading";

/** Nothing is fetched from anywhere, and nothing runs. */
const POLICY =
  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:\">";

/** An HTML artifact in a frame of its own origin, without scripts, when asked for. */
export function PageViewer({ id, name }: { id: string; name: string }) {
  const [shown, setShown] = useState(false);
  if (shown) return <Frame id={id} name={name} />;
  return (
    <button type="button" className="button" onClick={() => setShown(true)}>
      {strings.previewPage}
    </button>
  );
}

function Frame({ id, name }: { id: string; name: string }) {
  const loaded = useArtifactText(id, (text) => POLICY + text);
  return (
    <Reading loaded={loaded}>
      {(text) => <iframe className="frame" sandbox="" srcDoc={text} title={name} />}
    </Reading>
  );
}
