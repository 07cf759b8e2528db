interface Props {
  id: string;
  name: string;
  kind: "human" | "agent";
  small?: boolean;
  /** Said in full beside it, so the picture itself is silent. */
  silent?: boolean;
}

/** Round for people, square for agents. */
export function Avatar({ id, name, kind, small, silent }: Props) {
  const label = silent ? { "aria-hidden": true } : { role: "img", "aria-label": name };
  return (
    <span
      className={`avatar ${kind}${small ? " small" : ""}`}
      data-hue={kind === "agent" ? undefined : hue(id)}
      title={silent ? undefined : name}
      {...label}
    >
      {initials(name, kind)}
    </span>
  );
}

const HUES = 8;

function hue(id: string): number {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) % 9973;
  return sum % HUES;
}

function initials(name: string, kind: "human" | "agent"): string {
  if (kind === "agent") return "AI";
  const words = name.trim().split(/\s+/);
  const first = [...(words[0] ?? "?")][0] ?? "?";
  const second =
    words.length > 1 ? ([...words.at(-1)!][0] ?? "") : ([...(words[0] ?? "")][1] ?? "");
  return (first + second).toUpperCase();
}
