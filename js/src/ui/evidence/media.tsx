import { type ReactNode, useState } from "react";
import { ErrorLine } from "../failure";
import { strings } from "../strings";
import { useArtifact, useReturns } from "./content";
import { Reading } from "./reading";

interface Props {
  id: string;
  children: (url: string, failed: () => void) => ReactNode;
}

/** What the browser fetches and draws by itself; where it cannot, that is said. */
export function Media({ id, children }: Props) {
  const loaded = useArtifact(id);
  const returns = useReturns();
  const [failed, setFailed] = useState<number | null>(null);
  if (failed === returns) return <ErrorLine error={{ message: strings.notDrawn, hint: "" }} />;
  return <Reading loaded={loaded}>{({ url }) => children(url, () => setFailed(returns))}</Reading>;
}
