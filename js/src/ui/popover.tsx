import { type ReactNode, useEffect, useId, useRef, useState } from "react";

interface Props {
  /** Of the place that the chip and what it opens are in. */
  className: string;
  /** Of the chip. */
  chip: string;
  label: ReactNode;
  /** Of the chip, for those who do not see the label. */
  name?: string;
  children: ReactNode;
}

/** A chip that opens a few sentences beside it. */
export function Popover({ className, chip, label, name, children }: Props) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const home = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useClosing(home, open, (byKey) => {
    setOpen(false);
    if (byKey) button.current?.focus();
  });
  return (
    <div className={className} ref={home}>
      <button
        ref={button}
        type="button"
        className={`chip ${chip}`}
        aria-label={name}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        {label}
      </button>
      <div id={id} className="popover" hidden={!open}>
        {open && children}
      </div>
    </div>
  );
}

/** Escape, or a press elsewhere, closes. */
function useClosing(
  home: React.RefObject<HTMLElement | null>,
  open: boolean,
  close: (byKey: boolean) => void,
) {
  useEffect(() => {
    if (!open) return;
    const press = (event: Event) => {
      if (home.current && !event.composedPath().includes(home.current)) close(false);
    };
    const key = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      close(true);
    };
    const element = home.current;
    document.addEventListener("pointerdown", press);
    element?.addEventListener("keydown", key);
    return () => {
      document.removeEventListener("pointerdown", press);
      element?.removeEventListener("keydown", key);
    };
  });
}
