import type { Annotation } from "../../model/view";
import { useReview, useView } from "../context";
import { strings } from "../strings";

const OFFERED = ["👍", "👎", "❤️", "🎉", "👀"];

interface Props {
  annotation: Annotation;
  /** With those that nobody has given yet. */
  offer: boolean;
}

export function Reactions({ annotation, offer }: Props) {
  const { session } = useReview();
  const me = useView(({ live }) => live.me.id);
  const { id, reactions } = annotation;
  const given = Object.keys(reactions);
  const shown = offer ? [...new Set([...given, ...OFFERED])] : given;
  if (shown.length === 0) return null;
  return (
    <fieldset className="reactions">
      <legend className="hidden">{strings.reactions}</legend>
      {shown.map((emoji) => {
        const who = reactions[emoji] ?? [];
        const mine = who.includes(me);
        return (
          <button
            key={emoji}
            type="button"
            aria-pressed={mine}
            aria-label={strings.react(emoji, who.length)}
            onClick={() => session.submit({ op: "react", annotationId: id, emoji, on: !mine })}
          >
            {emoji} {who.length > 0 && <span>{who.length}</span>}
          </button>
        );
      })}
    </fieldset>
  );
}
