import { useState } from "react";
import { strings } from "../strings";
import { type Loaded, useArtifactText } from "./content";
import { Reading } from "./reading";
import { parseTests, type TestCase, type TestResults } from "./test_results";
import { SummaryBar, SummaryWords } from "./test_summary";

/** Test results, what went wrong first. */
export function TestViewer({ id }: { id: string }) {
  const loaded: Loaded<TestResults> = useArtifactText(id, parseTests);
  return <Reading loaded={loaded}>{(tests) => <Results tests={tests} />}</Reading>;
}

const MANY = 12;
/** So many failures show at once what they printed. */
const FEW = 3;

function Results({ tests }: { tests: TestResults }) {
  const [all, setAll] = useState(tests.cases.length <= MANY);
  const fine = tests.cases.filter((one) => one.outcome === "passed");
  const shown = all ? tests.cases : tests.cases.filter((one) => one.outcome !== "passed");
  return (
    <div className="tests">
      <SummaryWords tests={tests} />
      <SummaryBar tests={tests} />
      <ul>
        {shown.map((one, index) => (
          <Case
            key={`${one.group}::${one.name}::${index.toString()}`}
            test={one}
            open={index < FEW && one.outcome !== "skipped"}
          />
        ))}
      </ul>
      {!all && fine.length > 0 && (
        <button type="button" className="word" onClick={() => setAll(true)}>
          {strings.showPassed(fine.length)}
        </button>
      )}
    </div>
  );
}

function Case({ test, open }: { test: TestCase; open: boolean }) {
  const head = (
    <>
      <span className={`outcome ${test.outcome}`}>{strings.outcomes[test.outcome]}</span>
      <span className="case">
        {test.name} <span className="quiet">{test.group}</span>
      </span>
      {test.duration !== null && <span className="quiet mono">{test.duration.toFixed(2)} s</span>}
    </>
  );
  if (!test.output) return <li className="row">{head}</li>;
  return (
    <li>
      <details open={open}>
        <summary className="row">{head}</summary>
        <pre>{test.output}</pre>
      </details>
    </li>
  );
}
