import { type ReactNode, useEffect, useState } from "react";
import type { Annotation, Reply } from "../../model/view";
import { Avatar } from "../avatar";
import { usePerson, useReview, useSessionState, useView } from "../context";
import { useMayWrite } from "../may";
import { Prose } from "../prose";
import { strings } from "../strings";
import { ago, fullTime } from "../time";
import { Writing } from "./writing";

interface Props {
  said: Annotation | Reply;
  /** Of which annotation this is, or is a reply. */
  annotationId: string;
  /** What stands in bold before the name. */
  kind?: ReactNode;
  children?: ReactNode;
  editable: boolean;
}

/** Something somebody wrote: who, when and the words; one's own can be changed. */
export function Said({ said, annotationId, kind, children, editable }: Props) {
  const { session } = useReview();
  const pending = useSessionState((state) => state.pending.has(said.id));
  const kept = useKept(said, annotationId);
  const person = usePerson(said.author);
  const [editing, setEditing] = useState(false);
  const may = useMayWrite();
  const mine = may && editable && person.me && !editing && !pending;
  const reply = said.id === annotationId ? {} : { replyId: said.id };
  const save = (content: string) => {
    setEditing(false);
    if (content !== said.content) session.submit({ op: "edit", annotationId, ...reply, content });
  };
  return (
    <div className={`said ${pending || kept ? "pending" : ""}`}>
      <div className="by">
        <Avatar {...person} small silent />
        {kind}
        <span className="name">{person.me ? strings.you : person.name}</span>
        <When at={said.timestamp} edited={said.edited !== undefined} />
        {mine && (
          <button type="button" className="word" onClick={() => setEditing(true)}>
            {strings.edit}
          </button>
        )}
      </div>
      {children}
      {editing ? (
        <Writing
          draft={`edit:${said.id}`}
          label={strings.edit}
          initial={said.content}
          action={strings.save}
          focus
          send={save}
          cancel={() => setEditing(false)}
        />
      ) : (
        <Prose text={said.content} />
      )}
      {kept && !pending && <Kept />}
    </div>
  );
}

function Kept() {
  const over = useView(({ live }) => live.me.over !== undefined);
  return <p className="ladder">{over ? strings.ladder.keptForGood : strings.ladder.kept}</p>;
}

/** Whether no owner has it yet. */
function useKept({ id }: { id: string }, annotationId: string): boolean {
  const key = id === annotationId ? id : `${annotationId}/${id}`;
  return useView(({ live }) => live.unsent?.includes(key) ?? false);
}

function When({ at, edited }: { at: number; edited: boolean }) {
  const now = useMinute();
  return (
    <time dateTime={new Date(at * 1000).toISOString()} title={fullTime(at)}>
      {edited && `${strings.edited} · `}
      {ago(at, now / 1000)}
    </time>
  );
}

/** The time, anew every minute. */
function useMinute(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 60_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
