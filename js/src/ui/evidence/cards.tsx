import type { Artifact } from "../../model/view";
import { useReview, useUi, useView } from "../context";
import { useMayWrite } from "../may";
import { strings } from "../strings";
import { fileSize } from "../time";
import { HashSentence, HashWords } from "./hash";
import { Preview } from "./preview";
import { Download, Viewer } from "./viewer";

/** Evidence that no step claims. */
export function Evidence() {
  const artifacts = useView(({ plan }) => plan.artifacts);
  const steps = useView(({ plan }) => plan.steps);
  const own = artifacts.filter((one) => !steps.some((step) => step.id === one.stepId));
  if (own.length === 0) return null;
  return (
    <section aria-labelledby="evidence-heading">
      <h2 id="evidence-heading">{strings.evidence}</h2>
      <Cards artifacts={own} />
    </section>
  );
}

export function Cards({ artifacts }: { artifacts: Artifact[] }) {
  if (artifacts.length === 0) return null;
  return (
    <div className="cards">
      {artifacts.map((one) => (
        <Card key={one.id} artifact={one} />
      ))}
    </div>
  );
}

function Card({ artifact }: { artifact: Artifact }) {
  const { ui } = useReview();
  const { id, withdrawn } = artifact;
  const open = useUi((state) => state.opened.includes(id)) && !withdrawn;
  const name = artifact.name || artifact.file;
  const label = open ? strings.closeArtifact(name) : strings.openArtifact(name);
  return (
    <article className={`card ${open ? "open" : ""}`} data-artifact={id} aria-label={name}>
      {!open && !withdrawn && <Preview artifact={artifact} />}
      <div className="caption">
        <button
          type="button"
          className="title"
          aria-expanded={open}
          aria-label={label}
          disabled={!!withdrawn}
          onClick={() => ui.toggleArtifact(id)}
        >
          {name}
        </button>
        <p className="facts">
          {strings.artifactType[artifact.type]} · {fileSize(artifact.size)} ·{" "}
          {withdrawn ? strings.withdrawnArtifact : <HashWords id={id} />}
        </p>
        {artifact.caption && <p className="claim">{artifact.caption}</p>}
        {withdrawn?.reason && <p className="quiet">{withdrawn.reason}</p>}
      </div>
      {open && <Opened artifact={artifact} />}
    </article>
  );
}

function Opened({ artifact }: { artifact: Artifact }) {
  const { ui } = useReview();
  const may = useMayWrite();
  const { id, hash } = artifact;
  const name = artifact.name || artifact.file;
  return (
    <div className="opened">
      <Viewer artifact={artifact} />
      <HashSentence id={id} hash={hash} />
      <div className="actions">
        <Download artifact={artifact} />
        {may && (
          <button
            type="button"
            className="word"
            aria-label={strings.commentOnArtifact(name)}
            onClick={() => ui.compose({ type: "artifact", artifactId: id }, "question")}
          >
            {strings.comment}
          </button>
        )}
        <button
          type="button"
          className="word"
          aria-label={strings.closeArtifact(name)}
          onClick={() => ui.toggleArtifact(id)}
        >
          {strings.close}
        </button>
      </div>
    </div>
  );
}
