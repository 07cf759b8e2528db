export type Outcome = "failed" | "error" | "skipped" | "passed";

export interface TestCase {
  name: string;
  /** File, class or suite. */
  group: string;
  outcome: Outcome;
  /** In seconds; null where it was not recorded. */
  duration: number | null;
  /** What was printed when it failed. */
  output: string;
}

export interface TestResults {
  /** The worst first, otherwise as they ran. */
  cases: TestCase[];
  counts: Record<Outcome, number>;
}

const ORDER: readonly Outcome[] = ["failed", "error", "skipped", "passed"];

/** JUnit XML, or the JSON of pytest-json-report. Throws where it is neither. */
export function parseTests(text: string): TestResults {
  const cases = text.trimStart().startsWith("{") ? fromJson(text) : fromXml(text);
  const counts = { failed: 0, error: 0, skipped: 0, passed: 0 };
  for (const one of cases) counts[one.outcome] += 1;
  cases.sort((a, b) => ORDER.indexOf(a.outcome) - ORDER.indexOf(b.outcome));
  return { cases, counts };
}

function fromXml(text: string): TestCase[] {
  const tree = new DOMParser().parseFromString(text, "application/xml");
  const found = [...tree.querySelectorAll("testcase")];
  if (tree.querySelector("parsererror") || !tree.querySelector("testsuite, testsuites")) {
    throw new Error("This is not JUnit XML.");
  }
  return found.map((one) => {
    const bad = one.querySelector("failure, error");
    const said = bad && [bad.getAttribute("message"), bad.textContent].filter(Boolean).join("\n");
    const time = Number.parseFloat(one.getAttribute("time") ?? "");
    return {
      name: one.getAttribute("name") ?? "",
      group: one.getAttribute("classname") ?? one.getAttribute("file") ?? "",
      outcome: xmlOutcome(one),
      duration: Number.isFinite(time) ? time : null,
      output: said?.trim() ?? "",
    };
  });
}

function xmlOutcome(one: Element): Outcome {
  if (one.querySelector("failure")) return "failed";
  if (one.querySelector("error")) return "error";
  return one.querySelector("skipped") ? "skipped" : "passed";
}

interface PytestTest {
  nodeid?: string;
  outcome?: string;
  setup?: PytestPhase;
  call?: PytestPhase;
  teardown?: PytestPhase;
}

interface PytestPhase {
  duration?: number;
  longrepr?: string;
}

const PYTEST: Record<string, Outcome> = {
  passed: "passed",
  xpassed: "passed",
  skipped: "skipped",
  xfailed: "skipped",
  error: "error",
};

function fromJson(text: string): TestCase[] {
  const { tests } = JSON.parse(text) as { tests?: PytestTest[] };
  if (!Array.isArray(tests)) throw new Error("This is not a pytest report.");
  return tests.map((one) => {
    const [group = "", ...name] = (one.nodeid ?? "").split("::");
    const phases = [one.setup, one.call, one.teardown];
    const durations = phases.flatMap((phase) => phase?.duration ?? []);
    return {
      name: name.join("::") || group,
      group,
      outcome: PYTEST[one.outcome ?? ""] ?? "failed",
      duration: durations.length > 0 ? durations.reduce((sum, part) => sum + part, 0) : null,
      output: phases
        .map((phase) => phase?.longrepr ?? "")
        .join("")
        .trim(),
    };
  });
}
