import { ago } from "../ui/time";
import { strings } from "./strings";

const dollars = new Intl.NumberFormat("en", { style: "currency", currency: "USD" });
const cents = new Intl.NumberFormat("en", {
  style: "currency",
  currency: "USD",
  maximumFractionDigits: 4,
});

/** "$1.25", with more digits below a cent; a dash where nobody said. */
export function money(cost: number | undefined): string {
  if (cost === undefined) return "–";
  return cost > 0 && cost < 0.01 ? cents.format(cost) : dollars.format(cost);
}

export function statusWord(status: string): string {
  return strings.status[status] ?? status;
}

/** What is shown of a run that should go on, and was not heard of for too long. */
export function stateOf({
  status,
  live,
  seen,
}: {
  status: string;
  live: boolean;
  seen?: number;
}): string {
  const reported = seen !== undefined;
  const active = status === "running" || status === "waiting";
  return reported && active && !live ? "silent" : status;
}

/** "5 min. ago" for seconds before `at`; a dash for what was never heard of. */
export function heard(seen: number | undefined, at: number): string {
  if (seen === undefined) return "–";
  return ago(at - seen, Date.now() / 1000);
}
