import type { Notice, Remedy } from "../page_state";
import { saveFile, usePage, usePageState } from "./context";
import { strings } from "./strings";

/** What is wrong, each in a line with what can be done about it. */
export function Notices() {
  const notices = usePageState((state) => state.notices);
  const shown = usePageState((state) => state.shown);
  // Why there is no plan is said in its place.
  const here = notices.filter(({ id }) => shown || id !== "opening");
  if (here.length === 0) return null;
  return (
    <section className="notices" aria-label={strings.notices}>
      {here.map((one) => (
        <Line key={one.id} notice={one} />
      ))}
    </section>
  );
}

function Line({ notice }: { notice: Notice }) {
  const session = usePage();
  const { id, message, hint, remedies } = notice;
  return (
    <div className="notice" role="status" data-notice={id}>
      <p>
        {message} {id === "opening" && `${strings.keptCopy} `}
        {hint && <span className="quiet">{hint}</span>}
      </p>
      <Remedies remedies={remedies} />
      <button
        type="button"
        className="word"
        aria-label={`${strings.dismiss}: ${message}`}
        onClick={() => session.page.calm(id)}
      >
        {strings.dismiss}
      </button>
    </div>
  );
}

export function Remedies({ remedies }: { remedies: readonly Remedy[] }) {
  const session = usePage();
  const busy = usePageState((state) => state.busy !== "");
  const ready = usePageState((state) => state.ready);
  const can: Record<Remedy, () => void> = {
    retry: () => void session.retryOpening(),
    token: () => session.page.set({ asked: "token" }),
    save: () => saveFile(session.bundle()),
    reload: () => location.reload(),
    forget: () => void session.forget().then(() => location.reload()),
  };
  const offered = remedies.filter((one) => ready || (one !== "save" && one !== "forget"));
  return offered.map((one) => (
    <button key={one} type="button" className="button" disabled={busy} onClick={can[one]}>
      {strings.remedy[one]}
    </button>
  ));
}
