import { useEffect, useState } from "react";
import { usePageState } from "./context";
import { Remedies } from "./notices";
import { strings } from "./strings";

/** Milliseconds after which it is said that it takes long. */
const SLOW = 4000;

/** In the place of the plan while there is none: that it comes, or why it does not. */
export function Trouble() {
  const busy = usePageState((state) => state.busy === "opening");
  const notices = usePageState((state) => state.notices);
  const why = notices.find(({ id }) => id === "opening");
  if (busy || !why) return <Opening />;
  return (
    <div className="trouble" role="alert">
      <p className="said">{why.message}</p>
      {why.hint && <p className="quiet">{why.hint}</p>}
      <div className="actions">
        <Remedies remedies={why.remedies} />
      </div>
    </div>
  );
}

function Opening() {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="trouble" role="status">
      <p>
        {strings.opening} {slow && strings.slow}
      </p>
    </div>
  );
}
