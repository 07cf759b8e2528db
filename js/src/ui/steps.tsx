import type { Artifact, Step } from "../model/view";
import { useReview, useView } from "./context";
import { Cards } from "./evidence/cards";
import { useMayWrite } from "./may";
import { StepDot } from "./outline";
import { Prose } from "./prose";
import { strings } from "./strings";

/** The steps, each with what it must fulfil and the evidence that it does. */
export function Steps() {
  const steps = useView(({ plan }) => plan.steps);
  const artifacts = useView(({ plan }) => plan.artifacts);
  if (steps.length === 0) return null;
  return (
    <section className="steps" aria-labelledby="steps-heading">
      <h2 id="steps-heading">{strings.steps}</h2>
      {steps.map((step, index) => (
        <StepSection
          key={step.id}
          step={step}
          number={index + 1}
          artifacts={artifacts.filter((one) => one.stepId === step.id)}
        />
      ))}
    </section>
  );
}

interface Props {
  step: Step;
  number: number;
  artifacts: Artifact[];
}

function StepSection({ step, number, artifacts }: Props) {
  const { ui } = useReview();
  const may = useMayWrite();
  return (
    <section className="step" data-step={step.id} tabIndex={-1} aria-label={step.title}>
      <header>
        <StepDot status={step.status} />
        <h3>
          <span className="number">{number}</span> {step.title}
        </h3>
        <span className={`step-status ${step.status}`} aria-hidden="true">
          {strings.stepStatus[step.status]}
        </span>
        {may && (
          <button
            type="button"
            className="word"
            aria-label={`${strings.commentOnStep}: ${step.title}`}
            onClick={() => ui.compose({ type: "step", stepId: step.id }, "question")}
          >
            {strings.comment}
          </button>
        )}
      </header>
      {step.description && <Prose text={step.description} />}
      {step.criteria.length > 0 && (
        <div className="criteria">
          <p className="quiet">{strings.criteria}</p>
          <ul>
            {step.criteria.map((criterion) => (
              <li key={criterion}>{criterion}</li>
            ))}
          </ul>
        </div>
      )}
      <Cards artifacts={artifacts} />
    </section>
  );
}
