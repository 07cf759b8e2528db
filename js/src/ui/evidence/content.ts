import { useEffect, useRef, useState } from "react";
import { type ArtifactContent, SessionError } from "../../session/session";
import { useReview, useView } from "../context";

export interface Loaded<T> {
  value: T | null;
  error: SessionError | null;
}

const NOTHING = { value: null, error: null };

/** The bytes of an artifact as a URL; asked for once the component is there. */
export function useArtifact(id: string): Loaded<ArtifactContent> {
  const { session } = useReview();
  return useLoaded(id, () => session.artifact(id));
}

/** What `read` makes of an artifact's text. */
export function useArtifactText<T>(id: string, read: (text: string) => T): Loaded<T> {
  const { session } = useReview();
  return useLoaded(id, async () => {
    const { url } = await session.artifact(id);
    const answer = await fetch(url, { credentials: "same-origin" }).catch(() => null);
    if (!answer) throw notFetched();
    if (!answer.ok) throw notThere(answer.status);
    return read(await answer.text());
  });
}

/** Loads once for each key, and again with each return of the connection until it is there. */
function useLoaded<T>(key: string, load: () => Promise<T>): Loaded<T> {
  const [state, setState] = useState<Loaded<T>>(NOTHING);
  const returns = useReturns();
  const loaded = useRef<string | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for what is loaded
  useEffect(() => {
    if (loaded.current === key) return;
    let wanted = true;
    const done = (value: T) => {
      if (!wanted) return;
      loaded.current = key;
      setState({ value, error: null });
    };
    const fail = (error: unknown) => wanted && setState({ value: null, error: asError(error) });
    load().then(done, fail);
    return () => {
      wanted = false;
    };
  }, [key, returns]);
  return state;
}

/** How often the connection came back. */
export function useReturns(): number {
  const offline = useView(({ live }) => live.connection.state === "offline");
  const [returns, setReturns] = useState(0);
  const was = useRef(offline);
  useEffect(() => {
    if (was.current && !offline) setReturns((before) => before + 1);
    was.current = offline;
  }, [offline]);
  return returns;
}

function notFetched(): SessionError {
  const message = "The file could not be fetched.";
  const hint = "It is tried again when the connection is back.";
  return new SessionError({ code: "offline", message, hint });
}

function notThere(status: number): SessionError {
  const message = `The server answered ${status} instead of the file.`;
  return new SessionError({ code: "not_found", message, hint: "" });
}

function asError(error: unknown): SessionError {
  if (error instanceof SessionError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new SessionError({ code: "unreadable", message, hint: "" });
}
