import { useState } from "react";
import type { Annotation } from "../../model/view";
import { useReview, useView } from "../context";
import { useMayWrite } from "../may";
import { strings } from "../strings";

const OFFERED = ["👍", "👎", "❤️", "🎉", "👀"];

interface Props {
  annotation: Annotation;
  /** Whether those that nobody has given yet can be asked for. */
  offer: boolean;
}

export function Reactions({ annotation, offer }: Props) {
  const { session } = useReview();
  const me = useView(({ live }) => live.me.id);
  const may = useMayWrite();
  const [choosing, setChoosing] = useState(false);
  const { id, reactions } = annotation;
  const given = Object.keys(reactions);
  const shown = choosing ? [...new Set([...given, ...OFFERED])] : given;
  const offered = offer && may;
  if (shown.length === 0 && !offered) return null;
  const give = (emoji: string, on: boolean) => {
    setChoosing(false);
    session.submit({ op: "react", annotationId: id, emoji, on });
  };
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
            disabled={!may}
            aria-label={strings.react(emoji, who.length)}
            onClick={() => give(emoji, !mine)}
          >
            {emoji} {who.length > 0 && <span>{who.length}</span>}
          </button>
        );
      })}
      {offered && !choosing && (
        <button type="button" className="word" onClick={() => setChoosing(true)}>
          {strings.addReaction}
        </button>
      )}
    </fieldset>
  );
}
