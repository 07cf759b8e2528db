import type { Annotation } from "../../model/view";
import { useUi } from "../context";
import { strings } from "../strings";
import { Thread } from "./thread";

/** Comments whose text is gone: never dropped, never guessed. */
export function Unanchored({ annotations }: { annotations: Annotation[] }) {
  const active = useUi((state) => annotations.some((one) => one.id === state.active));
  if (annotations.length === 0) return null;
  return (
    <details className="unanchored" open={active || undefined}>
      <summary>
        {strings.unanchored(annotations.length)}
        {strings.unanchoredSuffix}
      </summary>
      {annotations.map((one) => (
        <Thread key={one.id} annotation={one} />
      ))}
    </details>
  );
}
