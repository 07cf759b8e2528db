import { useState } from "react";
import type { Artifact } from "../../model/view";
import { useReview } from "../context";
import { strings } from "../strings";
import { useArtifact, useArtifactText, useReturns } from "./content";
import { diffStatistics } from "./diff_statistics";
import { parseTests } from "./test_results";
import { SummaryBar } from "./test_summary";

/** What is read only to be shown small may be this big, in bytes. */
const SMALL = 2_000_000;

/** An artifact at a glance; a press opens it. */
export function Preview({ artifact }: { artifact: Artifact }) {
  const { ui } = useReview();
  return (
    <div
      className={`preview ${artifact.type}`}
      aria-hidden="true"
      onClick={() => ui.toggleArtifact(artifact.id)}
    >
      {artifact.size <= SMALL ? <Glance artifact={artifact} /> : <Word artifact={artifact} />}
    </div>
  );
}

function Glance({ artifact }: { artifact: Artifact }) {
  if (artifact.type === "screenshot") return <Thumbnail artifact={artifact} />;
  if (artifact.type === "test_results") return <Tests artifact={artifact} />;
  if (artifact.type === "diff") return <Diff artifact={artifact} />;
  if (artifact.type === "log") return <LastLines artifact={artifact} />;
  return <Word artifact={artifact} />;
}

function Word({ artifact }: { artifact: Artifact }) {
  const sign = artifact.type === "recording" ? "▶ " : "";
  return (
    <span>
      {sign}
      {strings.artifactType[artifact.type]}
    </span>
  );
}

function Thumbnail({ artifact }: { artifact: Artifact }) {
  const { value } = useArtifact(artifact.id);
  const returns = useReturns();
  const [failed, setFailed] = useState<number | null>(null);
  if (!value || failed === returns) return <Word artifact={artifact} />;
  return <img src={value.url} alt="" onError={() => setFailed(returns)} />;
}

function Tests({ artifact }: { artifact: Artifact }) {
  const { value } = useArtifactText(artifact.id, parseTests);
  return value ? <SummaryBar tests={value} /> : <Word artifact={artifact} />;
}

function Diff({ artifact }: { artifact: Artifact }) {
  const { value } = useArtifactText(artifact.id, diffStatistics);
  if (!value) return <Word artifact={artifact} />;
  return (
    <span className="mono">
      <span className="added">+{value.added}</span>{" "}
      <span className="removed">−{value.removed}</span>
      {" · "}
      {strings.files(value.files)}
    </span>
  );
}

const LAST = 5;

function LastLines({ artifact }: { artifact: Artifact }) {
  const { value } = useArtifactText(artifact.id, (text) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the colours of a terminal
    const plain = text.replace(/\u001b\[[\d;]*[A-Za-z]/g, "");
    return plain.trimEnd().split("\n").slice(-LAST).join("\n");
  });
  return value ? <pre>{value}</pre> : <Word artifact={artifact} />;
}
