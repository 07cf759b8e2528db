import type { Annotation, NewTarget, Plan } from "../../model/view";
import { useReview, useView } from "../context";
import { NEW_MARK } from "../document/marks";
import { reveal } from "../reveal";
import { strings } from "../strings";

/** What a target is, in words: the quoted text, or the name of the thing. */
export function words(target: NewTarget | Annotation["target"], plan: Plan): string {
  if (target.type === "text") return plain(target.quote.exact);
  if (target.type === "step") {
    const index = plan.steps.findIndex((one) => one.id === target.stepId);
    return index < 0 ? strings.steps : `${index + 1} ${plan.steps[index]!.title}`;
  }
  if (target.type === "artifact") {
    const found = plan.artifacts.find((one) => one.id === target.artifactId);
    const part = target.selector?.value.replace(/^.*?=/, "");
    return [found?.name || strings.evidence, part].filter(Boolean).join(" · ");
  }
  return strings.wholePlan;
}

/** Quoted markdown as one reads it: without the commonest notation. */
export function plain(markdown: string): string {
  return markdown
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/^\s{0,3}(?:#{1,6}|>|[-*+]|\d+\.)\s+/gm, "")
    .replace(/(\*\*|__|~~)(?=\S)([^\n]*?\S)\1/g, "$2")
    .replace(/(`+)(?=\S)([^\n]*?\S)\1/g, "$2")
    .replace(/(?<![\w*])\*(?=[^\s*])([^*\n]*[^\s*])\*(?![\w*])/g, "$1")
    .replace(/\s+/g, " ")
    .trim();
}

/** What an annotation is about; a press shows it. */
export function About({ annotation }: { annotation: Annotation }) {
  const { root, ui } = useReview();
  const text = useView(({ plan }) => words(annotation.target, plan));
  const show = () => {
    ui.activate(annotation.id);
    reveal(root, placeOf(annotation));
  };
  return (
    <button type="button" className="about" onClick={show} title={strings.showInText}>
      {text}
    </button>
  );
}

/** The selector of the place on the page that an annotation is about. */
export function placeOf({ id, target }: Annotation): string {
  return target.type === "text" ? `[data-first~="${CSS.escape(id)}"]` : placeOfWhole(target);
}

/** The same for a comment that is being written. */
export function placeOfNew(target: NewTarget): string {
  return target.type === "text" ? `[data-first~="${NEW_MARK}"]` : placeOfWhole(target);
}

function placeOfWhole(target: NewTarget | Annotation["target"]): string {
  if (target.type === "step") return `[data-step="${CSS.escape(target.stepId)}"]`;
  if (target.type === "artifact") return `[data-artifact="${CSS.escape(target.artifactId)}"]`;
  return "[data-overview]";
}
