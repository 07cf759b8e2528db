import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { useReview } from "../context";
import { strings } from "../strings";

interface Props {
  /** Names the draft, which outlives a reload. */
  draft: string;
  label: string;
  placeholder?: string;
  initial?: string;
  action: string;
  focus?: boolean;
  /** Whether an empty text may be sent. */
  optional?: boolean;
  /** Whether nothing may be sent now. */
  held?: boolean;
  /** Shown as soon as it is touched; before that the field is one quiet line. */
  quiet?: boolean;
  send: (text: string) => void;
  cancel?: () => void;
  kind?: string;
}

/**
 * A text that grows as it is written and is sent by Ctrl+Enter. Escape leaves the field; only the
 * button throws away what is written.
 */
export function Writing(props: Props) {
  const { draft, label, placeholder, initial = "", action, focus, quiet, send, cancel } = props;
  const [text, setText] = useDraft(draft, initial);
  const [touched, setTouched] = useState(false);
  const field = useGrowing(text);
  const ready = !props.held && (props.optional || text.trim() !== "");
  useEffect(() => {
    if (focus) field.current?.focus({ preventScroll: true });
  }, [focus, field]);
  const submit = () => {
    if (!ready) return;
    send(text.trim());
    setText("");
    setTouched(false);
  };
  const leave = () => {
    setText(initial);
    setTouched(false);
    backToKeys(field.current);
    cancel?.();
  };
  const back = () => {
    if (text.trim() === initial.trim()) leave();
    else backToKeys(field.current);
  };
  const open = !quiet || touched || text !== initial;
  return (
    <form
      className={`writing ${open ? "open" : ""}`}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <textarea
        ref={field}
        rows={1}
        value={text}
        aria-label={label}
        placeholder={placeholder ?? label}
        data-writing={draft}
        onFocus={() => setTouched(true)}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit();
          else if (event.key === "Escape") back();
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      {open && (
        <div className="actions">
          <span className="quiet hint">{strings.keyHint}</span>
          <button type="button" className="button" onClick={leave}>
            {strings.cancel}
          </button>
          <button type="submit" className={`button main ${props.kind ?? ""}`} disabled={!ready}>
            {action}
          </button>
        </div>
      )}
    </form>
  );
}

/** From a field back to where the keys of the review work. */
function backToKeys(field: HTMLElement | null): void {
  field?.closest<HTMLElement>("[data-thread], .review")?.focus({ preventScroll: true });
}

/** Text under a name that survives reloads; gone once it is empty or as it began. */
function useDraft(name: string, initial: string): [string, (text: string) => void] {
  const { memory } = useReview().ui;
  const [text, setText] = useState(() => memory.read<string>(`draft:${name}`) ?? initial);
  const write = (now: string) => {
    setText(now);
    memory.write(`draft:${name}`, now === initial ? null : now);
  };
  return [text, write];
}

function useGrowing(text: string) {
  const field = useRef<HTMLTextAreaElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useLayoutEffect(() => {
    const area = field.current;
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
  }, [text]);
  return field;
}
