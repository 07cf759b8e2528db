import type { ArtifactState } from "../../model/view";
import { useView } from "../context";
import { strings } from "../strings";

const SIGN: Record<ArtifactState["state"], string> = {
  verified: "✓",
  unpublished: "◷",
  mismatch: "✕",
  missing: "✕",
  checking: "…",
};

export function useHashState(id: string): ArtifactState {
  return useView(({ live }) => live.artifacts[id]) ?? UNKNOWN;
}

const UNKNOWN: ArtifactState = { state: "checking", detail: "" };

/** Whether the file is the recorded one, as a sign. */
export function EvidenceMark({ id }: { id: string }) {
  const { state } = useHashState(id);
  return (
    <span className={`evidence-mark ${state}`} role="img" aria-label={strings.hash[state]}>
      {SIGN[state]}
    </span>
  );
}

/** The same in words. */
export function HashWords({ id }: { id: string }) {
  const { state } = useHashState(id);
  return <span className={`hash ${state}`}>{strings.hash[state]}</span>;
}

/** The same as a sentence, with what the host adds. */
export function HashSentence({ id, hash }: { id: string; hash: string | undefined }) {
  const { state, detail } = useHashState(id);
  return (
    <p className={`hash-sentence ${state}`}>
      {strings.hashSentence[state]} {detail}{" "}
      {hash && <code title={hash}>{hash.slice(0, 19)}…</code>}
    </p>
  );
}
