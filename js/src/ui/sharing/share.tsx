import { lazy, Suspense } from "react";
import { useReview, useUi } from "../context";
import { useInvites } from "../may";
import { strings } from "./strings";

/** Drawing codes takes a library, which a page that shares nothing does not load. */
const ShareDialog = lazy(async () => ({ default: (await import("./dialog")).ShareDialog }));

export function ShareButton() {
  const { ui } = useReview();
  if (!useInvites()) return null;
  return (
    <button
      type="button"
      className="button share"
      title={strings.shareTitle}
      aria-haspopup="dialog"
      onClick={() => ui.set({ sharing: true })}
    >
      {strings.share}
    </button>
  );
}

/** The links into the plan's room, when asked for. */
export function Share() {
  const shown = useUi((state) => state.sharing);
  const invites = useInvites();
  if (!shown || !invites) return null;
  return (
    <Suspense fallback={null}>
      <ShareDialog />
    </Suspense>
  );
}
