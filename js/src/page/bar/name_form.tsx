import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { usePage, usePageState } from "./context";
import { strings } from "./strings";

const MAX_NAME = 100;

/** Asks for the name that stands beside what is written. */
export function NameForm({ focus = false, done }: { focus?: boolean; done?: () => void }) {
  const session = usePage();
  const known = usePageState((state) => state.name);
  const [name, setName] = useState(known);
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (focus) field.current?.focus();
  }, [focus]);
  const told = name.trim();
  const keep = (event: FormEvent) => {
    event.preventDefault();
    if (!told) return;
    void session.setName(told);
    done?.();
  };
  return (
    <form className="one-field" onSubmit={keep}>
      <label htmlFor={id}>{strings.name}</label>
      <div className="row">
        <input
          id={id}
          ref={field}
          value={name}
          maxLength={MAX_NAME}
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
