import { expect, test } from "vitest";
import { sampleView } from "../dev/sample";
import { newId } from "../src/model/ids";
import type { SentOperation } from "../src/model/view";
import { ViewStore } from "../src/session/store";

const EVE = { id: "did:key:z6MkEve", name: "Eve", kind: "human" } as const;

function comment(content: string): SentOperation {
  const target = { type: "plan" } as const;
  return { op: "annotate", id: newId(), at: 1, type: "question", content, target };
}

/** A store with a view, and what it shows of an annotation. */
function loaded() {
  const store = new ViewStore();
  const view = sampleView();
  store.load(view);
  const find = (id: string) => store.getState().view?.plan.annotations.find((one) => one.id === id);
  return { store, view, find };
}

test("what somebody else is about to write is shown in their name until it is taken back", () => {
  const { store, view, find } = loaded();
  const intended = comment("Why?");
  store.intended(intended, EVE);
  expect(find(intended.id)).toMatchObject({ author: EVE.id, content: "Why?" });
  expect(store.getState().view?.plan.identities[EVE.id]?.name).toBe("Eve");
  expect(store.getState().pending.size).toBe(0);
  store.abandoned(intended.id);
  expect(find(intended.id)).toBeUndefined();
  expect(store.getState().view?.plan).toBe(view.plan);
});

test("a reply to what is only intended stands under it while that is shown", () => {
  const { store, find } = loaded();
  const intended = comment("Why?");
  const about = { op: "reply", annotationId: intended.id, content: "So." } as const;
  store.intended(intended, EVE);
  store.add({ ...about, id: newId(), at: 1 });
  expect(find(intended.id)?.replies).toMatchObject([{ content: "So." }]);
  store.abandoned(intended.id);
  expect(find(intended.id)).toBeUndefined();
  expect(store.getState().pending.size).toBe(1);
});

test("the change stands where the intention was, also where they differ", () => {
  const { store, find } = loaded();
  const intended = comment("Why?");
  store.intended(intended, EVE);
  const whole = find(intended.id)!;
  const seq = store.getState().view!.seq + 1;
  store.change({ seq, annotations: { [intended.id]: { ...whole, content: "How?" } } });
  expect(find(intended.id)?.content).toBe("How?");
  store.abandoned(intended.id);
  expect(find(intended.id)?.content).toBe("How?");
});

test("a view without its annotations is shown until it is there whole, and never after", () => {
  const store = new ViewStore();
  const view = sampleView();
  const bare = { ...view, plan: { ...view.plan, annotations: [] } };
  store.begin(bare);
  expect(store.getState().view).toMatchObject({ beginning: true, plan: { annotations: [] } });
  store.load(view);
  store.begin(bare);
  expect(store.getState().view).toBe(view);
});
