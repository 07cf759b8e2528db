import { useEffect, useRef } from "react";
import type { Invitation } from "../../session/session";
import { Copy } from "../copy";
import { fullTime } from "../time";
import { QrCode } from "./qr_code";
import { opensInBrowser, worksHereOnly } from "./reach";
import { strings } from "./strings";

/** A link to be given to somebody, with what it allows and where it works. */
export function MadeLink({ invitation, another }: { invitation: Invitation; another: () => void }) {
  const { url, role, expires } = invitation;
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  return (
    <section className="made-link" aria-label={strings.link}>
      <div>
        <p className="field">
          <input
            ref={field}
            className="link mono"
            readOnly
            value={url}
            aria-label={strings.link}
            onFocus={(event) => event.target.select()}
          />
          <Copy text={url} label={strings.copy} className="button main" field={field} />
        </p>
        <p>{strings.may(role, expires ? fullTime(expires) : "")}</p>
        {worksHereOnly(url) ? (
          <p className="warning">{strings.onlyHere}</p>
        ) : (
          <p className="quiet">{strings.meeting}</p>
        )}
        <p className="quiet">{strings.opens(opensInBrowser(url))}</p>
        <button type="button" className="word" onClick={another}>
          {strings.another}
        </button>
      </div>
      <QrCode text={url} />
    </section>
  );
}
