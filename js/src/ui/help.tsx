import { useEffect, useRef } from "react";
import { useReview, useUi } from "./context";
import { strings } from "./strings";

/** The keys, when asked for. */
export function Help() {
  const { ui } = useReview();
  const shown = useUi((state) => state.help);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (shown) dialog.current?.showModal();
    else dialog.current?.close();
  }, [shown]);
  return (
    <dialog
      ref={dialog}
      className="help"
      aria-labelledby="keys-heading"
      onClose={() => ui.set({ help: false })}
    >
      <h2 id="keys-heading">{strings.keys}</h2>
      <dl>
        {strings.keyList.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <button type="button" className="button" onClick={() => ui.set({ help: false })}>
        {strings.close}
      </button>
    </dialog>
  );
}
