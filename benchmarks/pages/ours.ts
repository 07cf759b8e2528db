import { parseOperation } from "../../js/src/document/operations";
import { newId } from "../../js/src/model/ids";
import type { Live } from "../../js/src/model/view";
import { ViewStore } from "../../js/src/session/store";
import { comment, type Make } from "./contestant";
import { type OursGiven, peer } from "./peer";
import type { Screen } from "./screen";

/** Nothing of it is drawn here. */
const LIVE = { me: { id: "", name: "", kind: "human" } } as Live;

/** This project: a comment is an annotation of a passage, by an operation on the plan. */
export const ours: Make<OursGiven> = async (given, screen) => {
  const views = new ViewStore();
  const own = new Set<string>();
  const { mesh, copy, performing, actor, bytes } = await peer(given, {
    changed(change, document) {
      if (views.getState().view) {
        views.change(change);
        for (const one of Object.values(change.annotations ?? {})) screen.take(one?.content);
      } else if (document.exists)
        views.load({ seq: document.seq, plan: document.plan(), live: LIVE });
    },
    intentions: {
      intended: (intention) => views.intended(intention, intention.actor),
      abandoned: (id) => views.abandoned(id),
    },
  });
  draw(views, own, screen);
  mesh.open();
  return {
    change(number) {
      const id = newId();
      own.add(id);
      const at = Math.floor(Date.now() / 1000);
      const target = { type: "text", quote: { exact: `Paragraph ${number % 50} says` } } as const;
      const fields = { op: "annotate", type: "concern", content: comment(number), target } as const;
      const operation = { ...fields, id, at };
      performing.perform(parseOperation(operation, actor), operation as never, {
        kept() {},
        refused(error) {
          throw error;
        },
      });
    },
    ahead: true,
    ready: () => mesh.connection.path === "direct" && copy.document.exists,
    bytes,
  };
};

/** Puts on the screen what others wrote, once each, as soon as it is in what a page shows. */
function draw(views: ViewStore, own: Set<string>, screen: Screen): void {
  const drawn = new Set<string>();
  views.subscribe(() => {
    const annotations = views.getState().view?.plan.annotations ?? [];
    // What is new is at the end.
    for (let at = annotations.length - 1; at >= 0 && !drawn.has(annotations[at]!.id); at -= 1) {
      const { id, content } = annotations[at]!;
      drawn.add(id);
      if (!own.has(id)) screen.show(content);
    }
  });
}
