import { memo, useDeferredValue, useMemo, useRef } from "react";
import { useStray } from "../annotations/lists";
import { useSessionState, useUi, useView } from "../context";
import { passes } from "../order";
import { strings } from "../strings";
import { toElement } from "./elements";
import { useFirst, useLimit, useText } from "./first";
import { type Block, parseMarkdown } from "./markdown";
import { withMarks } from "./marked";
import { byPlace, type Mark, markOfNew, marksByRange, marksOf } from "./marks";

const NONE: Mark[] = [];

/** The plan's text, block by block; only blocks whose text or marks changed are drawn again. */
export function Content() {
  const source = useView(({ plan }) => plan.content);
  const first = useFirst();
  const text = useText(source, first);
  const blocks = useMemo(() => parseMarkdown(text), [text]);
  const limit = useLimit(blocks.length, first);
  const marks = useMarks(blocks, source, first, limit < blocks.length);
  const active = useUi((state) => state.active);
  const at = useUi((state) => state.block?.start);
  if (blocks.length === 0) return <p className="quiet">{strings.noContent}</p>;
  return (
    <div className="content" data-content="">
      {blocks.slice(0, limit).map((block, index) => (
        <ContentBlock
          key={block.key}
          block={block}
          marks={marks[index] ?? NONE}
          active={marks[index]?.some((mark) => mark.id === active) ? active : null}
          current={at === block.start}
        />
      ))}
    </div>
  );
}

function useMarks(
  blocks: readonly Block[],
  source: string,
  first: boolean,
  growing: boolean,
): Mark[][] {
  const annotations = useView(({ plan }) => plan.annotations);
  const pending = useSessionState((state) => state.pending);
  const filter = useUi((state) => state.filter);
  const stray = useStray();
  const shown = useMemo(
    () => (first ? [] : annotations.filter((one) => one.id === stray || passes(one, filter))),
    [first, annotations, filter, stray],
  );
  const composing = useUi((state) => state.composing);
  const marks = useMemo(() => {
    const made = marksOf(shown, source, pending);
    const fresh = composing && markOfNew(composing.target, composing.type, source);
    return fresh ? [...made, fresh].sort(byPlace) : made;
  }, [shown, source, pending, composing]);
  const drawn = useSoon(marks, growing);
  const before = useRef<Mark[][]>([]);
  return useMemo(() => {
    const grouped = marksByRange(drawn, blocks);
    before.current = grouped.map((now, index) => same(before.current[index], now));
    return before.current;
  }, [drawn, blocks]);
}

/** From so many marks on, they are drawn without holding up anything else. */
const MANY_MARKS = 600;

function useSoon(marks: Mark[], growing: boolean): Mark[] {
  const later = useDeferredValue(marks);
  return marks.length > MANY_MARKS && !growing ? later : marks;
}

/** The marks of before if they are equal, so that their block is not drawn again. */
function same(before: Mark[] | undefined, now: Mark[]): Mark[] {
  if (!before || before.length !== now.length) return now;
  return now.every((mark, index) => equal(mark, before[index]!)) ? before : now;
}

function equal(a: Mark, b: Mark): boolean {
  return (
    a.id === b.id &&
    a.start === b.start &&
    a.end === b.end &&
    a.type === b.type &&
    a.pending === b.pending &&
    a.ambiguous === b.ambiguous
  );
}

interface BlockProps {
  block: Block;
  marks: Mark[];
  active: string | null;
  current: boolean;
}

const ContentBlock = memo(
  function ContentBlock({ block, marks, active, current }: BlockProps) {
    const drawn = useMemo(
      () => toElement({ type: "root", children: [withMarks(block.node, marks, active)] }),
      [block, marks, active],
    );
    return (
      <div className="block" data-block={block.start} data-current={current || undefined}>
        {drawn}
      </div>
    );
  },
  (before, now) =>
    before.block.node === now.block.node &&
    before.marks === now.marks &&
    before.active === now.active &&
    before.current === now.current,
);
