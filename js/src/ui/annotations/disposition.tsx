import type { Annotation } from "../../model/view";
import { Prose } from "../prose";
import { strings } from "../strings";

/** What the agent says it did about the annotation. */
export function DispositionTag({ fact }: { fact: NonNullable<Annotation["disposition"]> }) {
  return (
    <div className="disposition">
      <span className={`tag ${fact.value}`}>{strings.disposition[fact.value]}</span>
      {fact.note && <Prose text={fact.note} />}
    </div>
  );
}
