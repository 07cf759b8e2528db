import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { usePage, usePageState } from "./context";
import { strings } from "./strings";

const MAX_NAME = 100;

interface Props {
  focus?: boolean;
  /** In one line, where the question stands before it. */
  brief?: boolean;
  done?: () => void;
}

/** Asks for the name that stands beside what is written. */
export function NameForm({ focus = false, brief = false, done }: Props) {
  const session = usePage();
  const known = usePageState((state) => state.name);
  const [name, setName] = useState(known);
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (!focus) return;
    // A dialog that opens gives the focus to what has this attribute.
    field.current?.setAttribute("autofocus", "");
    field.current?.focus();
  }, [focus]);
  const told = name.trim();
  const keep = (event: FormEvent) => {
    event.preventDefault();
    if (!told) return;
    void session.setName(told);
    done?.();
  };
  return (
    <form className={brief ? "one-field brief" : "one-field"} onSubmit={keep}>
      <label htmlFor={id} className={brief ? "hidden" : undefined}>
        {strings.name}
      </label>
      <div className="row">
        <input
          id={id}
          ref={field}
          value={name}
          maxLength={MAX_NAME}
          placeholder={brief ? strings.name : undefined}
          autoComplete="name"
          aria-describedby={`${id}-hint`}
          onChange={(event) => setName(event.target.value)}
        />
        <button type="submit" className="button main" disabled={!told || told === known}>
          {strings.keepName}
        </button>
      </div>
      <p id={`${id}-hint`} className="quiet">
        {strings.nameHint}
      </p>
    </form>
  );
}
