import { useView } from "./context";
import { strings } from "./strings";

/** How the plan stands. */
export function StatusChip() {
  const status = useView(({ plan }) => plan.status);
  return <span className={`chip status ${status}`}>{strings.status[status]}</span>;
}
