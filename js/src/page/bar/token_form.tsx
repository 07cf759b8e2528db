import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import type { Access } from "../page_state";
import { isToken } from "../token";
import { usePage } from "./context";
import { strings } from "./strings";

/** A token for the repository's host: to whom it is sent, where it is kept, and away with it. */
export function TokenForm({ access, focus }: { access: Access; focus: boolean }) {
  return access.given ? <Given access={access} /> : <Wanted access={access} focus={focus} />;
}

function Given({ access: { host, kept } }: { access: Access }) {
  const session = usePage();
  return (
    <div className="one-field">
      <p>{strings.token(host)}</p>
      <div className="row">
        <p className="quiet">{strings.tokenGiven(host, kept)}</p>
        <button type="button" className="button" onClick={() => void session.setToken("", false)}>
          {strings.removeToken}
        </button>
      </div>
    </div>
  );
}

function Wanted({ access: { host, writes }, focus }: { access: Access; focus: boolean }) {
  const session = usePage();
  const [token, setToken] = useState("");
  const [kept, setKept] = useState(false);
  const [wrong, setWrong] = useState(false);
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (!focus) return;
    // A dialog that opens gives the focus to what has this attribute.
    field.current?.setAttribute("autofocus", "");
    field.current?.focus();
  }, [focus]);
  const use = (event: FormEvent) => {
    event.preventDefault();
    const told = token.trim();
    setWrong(!isToken(told));
    if (!isToken(told)) return;
    setToken("");
    void session.setToken(told, kept);
  };
  return (
    <form className="one-field" onSubmit={use} autoComplete="off">
      <label htmlFor={id}>{strings.token(host)}</label>
      <div className="row">
        <input
          id={id}
          ref={field}
          type="password"
          value={token}
          autoComplete="off"
          spellCheck={false}
          aria-describedby={`${id}-hint`}
          onChange={(event) => setToken(event.target.value)}
        />
        <button type="submit" className="button main" disabled={!token.trim()}>
          {strings.useToken}
        </button>
      </div>
      {wrong && (
        <p className="error" role="alert">
          {strings.tokenWrong}
        </p>
      )}
      <p id={`${id}-hint`} className="quiet">
        {writes ? strings.tokenWrites(host) : strings.tokenHint(host)}
      </p>
      <label className="choice">
        <input type="checkbox" checked={kept} onChange={() => setKept(!kept)} />
        <span>
          {strings.keepToken} <span className="quiet">{strings.keepTokenHint}</span>
        </span>
      </label>
    </form>
  );
}
