import Anser, { type AnserJsonEntry } from "anser";

/** Text in the colours of its terminal. */
export function Ansi({ text }: { text: string }) {
  const parts = Anser.ansiToJson(text, { use_classes: true, remove_empty: true });
  let at = 0;
  return parts.map((part) => {
    at += part.content.length;
    return (
      <span key={at} className={classes(part)}>
        {part.content}
      </span>
    );
  });
}

function classes({ fg, decorations }: AnserJsonEntry): string | undefined {
  const names = [...(fg ? [fg] : []), ...decorations.map((one) => `ansi-${one}`)];
  return names.join(" ") || undefined;
}
