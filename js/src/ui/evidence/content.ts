import { useEffect, useState } from "react";
import { type ArtifactContent, SessionError } from "../../session/session";
import { useReview } from "../context";

export interface Loaded<T> {
  value: T | null;
  error: SessionError | null;
}

const NOTHING = { value: null, error: null };

/** The bytes of an artifact as a URL; asked for once the component is there. */
export function useArtifact(id: string): Loaded<ArtifactContent> {
  const { session } = useReview();
  return useLoaded(`${id}`, () => session.artifact(id));
}

/** What `read` makes of an artifact's text. */
export function useArtifactText<T>(id: string, read: (text: string) => T): Loaded<T> {
  const { session } = useReview();
  return useLoaded(id, async () => {
    const { url } = await session.artifact(id);
    const answer = await fetch(url, { credentials: "same-origin" });
    if (!answer.ok) throw notThere(answer.status);
    return read(await answer.text());
  });
}

function useLoaded<T>(key: string, load: () => Promise<T>): Loaded<T> {
  const [state, setState] = useState<Loaded<T>>(NOTHING);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for what is loaded
  useEffect(() => {
    let wanted = true;
    const fail = (error: unknown) => wanted && setState({ value: null, error: asError(error) });
    load().then((value) => wanted && setState({ value, error: null }), fail);
    return () => {
      wanted = false;
    };
  }, [key]);
  return state;
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
