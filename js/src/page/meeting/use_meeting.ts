import { useEffect, useRef, useState } from "react";
import { PeerPlanError } from "../../model/errors";
import { usePage } from "../bar/context";

type Offered = {
  at: "offered";
  text: string;
  answered: (text: string) => Promise<void>;
  connecting: boolean;
};

/** How far an introduction is, on this side. */
export type Stage =
  | { at: "start" }
  | Offered
  | { at: "given" }
  | { at: "answering"; text: string }
  | { at: "done" };

const START: Stage = { at: "start" };

/** An introduction by hand; one that was begun and not answered ends with what shows it. */
export function useMeeting() {
  const session = usePage();
  const [stage, setStage] = useState<Stage>(START);
  const [error, setError] = useState<PeerPlanError | null>(null);
  const unanswered = useRef(() => {});
  useEffect(() => () => unanswered.current(), []);
  /** A wrong text may be followed by the right one; after other errors it has to begin anew. */
  const attempt = async (run: () => Promise<Stage>, before: Stage) => {
    setError(null);
    try {
      setStage(await run());
    } catch (reason) {
      if (!(reason instanceof PeerPlanError)) throw reason;
      setError(reason);
      setStage(reason.code === "invalid_input" ? before : START);
    }
  };
  const begin = async (): Promise<Stage> => {
    const { text, answered, cancel } = await session.byHand!.introduce();
    unanswered.current = cancel;
    return { at: "offered", text, answered, connecting: false };
  };
  const connect = async (offered: Offered, text: string): Promise<Stage> => {
    setStage({ ...offered, connecting: true });
    await offered.answered(text);
    return { at: "done" };
  };
  const answer = async (given: string): Promise<Stage> => {
    const { text, linked } = await session.byHand!.answer(given);
    linked.then(
      () => setStage({ at: "done" }),
      (reason: PeerPlanError) => setError(reason),
    );
    return { at: "answering", text };
  };
  return {
    stage,
    error,
    begin: () => attempt(begin, START),
    give: () => setStage({ at: "given" }),
    answer: (text: string) => attempt(() => answer(text), { at: "given" }),
    connect: (offered: Offered, text: string) => attempt(() => connect(offered, text), offered),
  };
}
