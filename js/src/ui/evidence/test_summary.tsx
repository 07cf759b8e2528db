import { strings } from "../strings";
import type { Outcome, TestResults } from "./test_results";

const SHOWN: readonly Outcome[] = ["passed", "failed", "error", "skipped"];

/** Results as one bar; its words stand beside it. */
export function SummaryBar({ tests }: { tests: TestResults }) {
  return (
    <div className="test-bar" aria-hidden="true">
      {SHOWN.map((outcome) =>
        tests.counts[outcome] > 0 ? (
          <i key={outcome} className={outcome} style={{ flexGrow: tests.counts[outcome] }} />
        ) : null,
      )}
    </div>
  );
}

/** "215 tests: 1 failed, 214 passed". */
export function SummaryWords({ tests }: { tests: TestResults }) {
  const parts = (Object.keys(strings.outcomes) as Outcome[]).filter((one) => tests.counts[one] > 0);
  return (
    <p className="test-words">
      {strings.tests(tests.cases.length)}
      {parts.map((outcome) => (
        <span key={outcome} className={outcome}>
          {tests.counts[outcome]} {strings.outcomes[outcome]}
        </span>
      ))}
    </p>
  );
}
