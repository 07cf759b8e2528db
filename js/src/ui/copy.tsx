import { type RefObject, useEffect, useRef, useState } from "react";
import { copyText } from "./copying";
import { strings } from "./strings";

interface Props {
  text: string;
  label: string;
  /** In full, where the label alone does not say what is copied. */
  name?: string;
  className: string;
  /** Where the text stands already; without it, it is shown when it cannot be copied. */
  field?: RefObject<HTMLInputElement>;
}

/** Copies, and says so; where the page may not, the text is there to be copied by hand. */
export function Copy({ text, label, name, className, field }: Props) {
  const home = useRef<HTMLSpanElement>(null);
  const own = useRef<HTMLInputElement>(null);
  const [state, setState] = useState<"" | "copied" | "refused">("");
  const copy = async (button: HTMLElement) => {
    const done = await copyText(text, home.current!);
    setState(done ? "copied" : "refused");
    if (done) button.focus();
  };
  useEffect(() => {
    const shown = state === "refused" ? (field ?? own).current : null;
    shown?.focus();
    shown?.select();
  }, [state, field]);
  return (
    <span className="copy" ref={home}>
      <button
        type="button"
        className={className}
        aria-label={state === "copied" ? undefined : name}
        onClick={(event) => copy(event.currentTarget)}
      >
        {state === "copied" ? strings.copied : label}
      </button>
      <span role="status" className={state === "refused" ? "error" : "hidden"}>
        {state === "copied" && strings.copied}
        {state === "refused" && strings.copyByHand}
      </span>
      {state === "refused" && !field && (
        <input ref={own} className="link mono" readOnly value={text} aria-label={name ?? label} />
      )}
    </span>
  );
}
