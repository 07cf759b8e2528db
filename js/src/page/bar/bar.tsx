import { usePageState } from "./context";
import { NameForm } from "./name_form";
import { Notices } from "./notices";
import { strings } from "./strings";
import { Unsent } from "./unsent";
import { You } from "./you";

/** The line above the review: where the plan is from, what is not sent, and who I am. */
export function Bar() {
  const origin = usePageState((state) => state.origin);
  const ready = usePageState((state) => state.ready);
  return (
    <>
      <section className="bar" aria-label={strings.page}>
        {origin && (
          <a className="origin mono" href={origin.url} rel="noreferrer">
            {origin.host}/{origin.project}
            {origin.pr !== null && ` · ${strings.pr(origin.pr)}`}
          </a>
        )}
        <span className="space" />
        {ready && <Unsent />}
        <You />
      </section>
      <NameWanted />
      <Notices />
    </>
  );
}

/** What was written waits for a name: asked for where nothing is hidden by it. */
function NameWanted() {
  const wanted = usePageState((state) => state.nameWanted);
  if (!wanted) return null;
  return (
    <section className="notice" aria-label={strings.name}>
      <p>{strings.nameWanted}</p>
      <NameForm focus brief />
    </section>
  );
}
