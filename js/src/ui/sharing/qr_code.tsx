import { type Bitmap2D, generate } from "lean-qr";
import { useMemo } from "react";
import { strings } from "./strings";

/** Modules around a code that stay light (ISO/IEC 18004, 9.1). */
const QUIET = 4;

interface Props {
  text: string;
  /** What it is a code of. */
  label?: string;
  /** Said in its place where the text is too long. */
  none?: string;
}

/** Text for a camera, drawn here; dark on light in every theme, as readers expect. */
export function QrCode({ text, label = strings.code, none = strings.noCode }: Props) {
  const code = useMemo(() => encoded(text), [text]);
  if (!code) return <p className="quiet">{none}</p>;
  const side = code.size + 2 * QUIET;
  return (
    <svg
      className="qr-code"
      viewBox={`${-QUIET} ${-QUIET} ${side} ${side}`}
      shapeRendering="crispEdges"
      role="img"
      aria-label={label}
    >
      <path d={[...bars(code)].join("")} />
    </svg>
  );
}

/** Null for more than the largest code holds, for which the library throws. */
function encoded(text: string): Bitmap2D | null {
  try {
    return generate(text);
  } catch {
    return null;
  }
}

/** Dark modules that stand side by side, each row of them as one bar. */
function* bars(code: Bitmap2D): Generator<string> {
  for (let y = 0; y < code.size; y += 1) {
    for (let x = 0; x < code.size; x += 1) {
      const from = x;
      while (code.get(x, y)) x += 1;
      if (x > from) yield `M${from} ${y}h${x - from}v1h${from - x}z`;
    }
  }
}
