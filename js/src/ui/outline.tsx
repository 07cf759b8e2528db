import { useMemo } from "react";
import type { Artifact, Step } from "../model/view";
import { useReview, useUi, useView } from "./context";
import { EvidenceMark } from "./evidence/hash";
import { openCounts } from "./order";
import { reveal } from "./reveal";
import { strings } from "./strings";

/** The plan's steps and its evidence, each with its state at a glance. */
export function Outline() {
  const { ui } = useReview();
  const steps = useView(({ plan }) => plan.steps);
  const artifacts = useView(({ plan }) => plan.artifacts);
  const annotations = useView(({ plan }) => plan.annotations);
  const counts = useMemo(() => openCounts(annotations), [annotations]);
  const kept = artifacts.filter((one) => !one.withdrawn);
  return (
    <nav className="outline" aria-label={strings.outline}>
      <h2>{strings.outline}</h2>
      <ul>
        <Overview />
        {steps.map((step, index) => (
          <StepLink key={step.id} step={step} number={index + 1} open={counts.get(step.id) ?? 0} />
        ))}
      </ul>
      {kept.length > 0 && <h2>{strings.evidence}</h2>}
      <ul>
        {kept.map((one) => (
          <ArtifactLink key={one.id} artifact={one} />
        ))}
      </ul>
      <button type="button" className="keys" onClick={() => ui.set({ help: true })}>
        {strings.showKeys} <kbd>?</kbd>
      </button>
    </nav>
  );
}

function Overview() {
  const { root } = useReview();
  return (
    <li>
      <button type="button" onClick={() => reveal(root, "[data-overview]", "start")}>
        {strings.overview}
      </button>
    </li>
  );
}

function StepLink({ step, number, open }: { step: Step; number: number; open: number }) {
  const { root } = useReview();
  const go = () => reveal(root, `[data-step="${CSS.escape(step.id)}"]`, "start");
  return (
    <li>
      <button type="button" onClick={go}>
        <StepDot status={step.status} />
        <span className="name">
          {number} {step.title}
        </span>
        {open > 0 && (
          <span className="count">
            <span aria-hidden="true">{open}</span>
            <span className="hidden">{strings.openCount(open)}</span>
          </span>
        )}
      </button>
    </li>
  );
}

/** A step's status as a dot that differs in form too, with its word for those who listen. */
export function StepDot({ status }: { status: Step["status"] }) {
  return (
    <span className={`step-dot ${status}`} role="img" aria-label={strings.stepStatus[status]} />
  );
}

function ArtifactLink({ artifact }: { artifact: Artifact }) {
  const { root, ui } = useReview();
  const opened = useUi((state) => state.opened.includes(artifact.id));
  const go = () => {
    if (!opened) ui.toggleArtifact(artifact.id);
    reveal(root, `[data-artifact="${CSS.escape(artifact.id)}"]`, "start");
  };
  return (
    <li>
      <button type="button" onClick={go}>
        <span className="name">{artifact.name || artifact.file}</span>
        <EvidenceMark id={artifact.id} />
      </button>
    </li>
  );
}
