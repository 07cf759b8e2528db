import { useCallback, useEffect, useState } from "react";
import { type Invitation, SessionError } from "../../session/session";
import { useReview } from "../context";

/** What was given away, as the host keeps it; `error` says why it could not be listed. */
export function useInvitations() {
  const sharing = useReview().session.sharing!;
  const [invitations, setInvitations] = useState<readonly Invitation[]>([]);
  const [error, setError] = useState<SessionError | null>(null);
  useEffect(() => {
    let wanted = true;
    sharing
      .invitations()
      .then((given) => wanted && setInvitations(given))
      .catch((reason: unknown) => wanted && setError(asError(reason)));
    return () => {
      wanted = false;
    };
  }, [sharing]);
  const add = useCallback((made: Invitation) => setInvitations((known) => [made, ...known]), []);
  const revoke = useCallback(
    async (id: string) => {
      await sharing.revoke(id);
      setInvitations((known) =>
        known.map((one) => (one.id === id ? { ...one, state: "revoked" } : one)),
      );
    },
    [sharing],
  );
  return { invitations, error, add, revoke };
}

/** Anything else than a refusal of the host is a fault of this page. */
export function asError(reason: unknown): SessionError {
  if (reason instanceof SessionError) return reason;
  throw reason;
}
