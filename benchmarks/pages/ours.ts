import { parseOperation } from "../../js/src/document/operations";
import { newId } from "../../js/src/model/ids";
import { comment, type Make } from "./contestant";
import { type OursGiven, peer } from "./peer";

/** This project: a comment is an annotation of a passage, by an operation on the plan. */
export const ours: Make<OursGiven> = async (given, screen) => {
  let own = "";
  const { mesh, copy, actor, bytes } = await peer(given, ({ annotations = {} }) => {
    for (const [id, one] of Object.entries(annotations)) if (id !== own) screen.show(one?.content);
  });
  mesh.open();
  return {
    change(number) {
      own = newId();
      const at = Math.floor(Date.now() / 1000);
      const target = { type: "text", quote: { exact: `Paragraph ${number % 50} says` } } as const;
      const fields = { op: "annotate", type: "concern", content: comment(number), target } as const;
      const operation = { ...fields, id: own, at };
      void copy.apply(parseOperation(operation, actor), operation as never);
    },
    ready: () => mesh.connection.path === "direct" && copy.document.exists,
    bytes,
  };
};
