import { useEffect, useRef } from "react";
import { useReview } from "../context";
import { ErrorLine } from "../failure";
import { Given } from "./given";
import { NewLink } from "./new_link";
import { strings } from "./strings";
import { useInvitations } from "./use_invitations";

/** Making a link, and what was given away before. */
export function ShareDialog() {
  const { ui } = useReview();
  const dialog = useRef<HTMLDialogElement>(null);
  const { invitations, error, add, revoke } = useInvitations();
  useEffect(() => {
    dialog.current?.showModal();
    dialog.current?.querySelector("input")?.focus();
  }, []);
  return (
    <dialog
      ref={dialog}
      className="share-dialog"
      aria-labelledby="share-heading"
      onClose={() => ui.set({ sharing: false })}
    >
      <header>
        <h2 id="share-heading">{strings.heading}</h2>
        <button type="button" className="word" onClick={() => dialog.current?.close()}>
          {strings.close}
        </button>
      </header>
      <NewLink made={add} />
      {error && <ErrorLine error={error} />}
      <Given invitations={invitations} revoke={revoke} />
    </dialog>
  );
}
