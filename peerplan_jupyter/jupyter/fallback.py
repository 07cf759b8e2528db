"""A plan as HTML without scripts, for where the widget cannot run: saved notebooks, exports."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from markdown_it import MarkdownIt

from ..plan.schema import Annotation, Artifact, Plan, Step, TextTarget

MOST_ANNOTATIONS = 100
"""More would make the notebook's file large for little."""
_STATUS = {
    "draft": "Draft",
    "pending_review": "Pending review",
    "changes_requested": "Changes requested",
    "approved": "Approved",
}


def fallback(plan: Plan) -> str:
    """The plan's title, status, content, steps, evidence and open annotations.

    Nothing in it is fetched from anywhere, and markup in the plan stays text.
    """
    stands = [one for one in plan.annotations if one.state == "open" and not one.withdrawn]
    evidence = [one for one in plan.artifacts if not one.withdrawn]
    parts = [
        f"<h2>{escape(plan.title)}</h2>",
        f"<p><strong>{_STATUS[plan.status]}</strong></p>",
        _markdown().render(plan.content),
        _section("Steps", "ol", (_step(one) for one in plan.steps)),
        _section("Evidence", "ul", (_artifact(one) for one in evidence)),
        _section("Open annotations", "ul", (_annotation(plan, one) for one in _first(stands))),
        _rest(len(stands) - MOST_ANNOTATIONS),
    ]
    return f'<div class="peerplan-static">{"".join(parts)}</div>'


def _markdown() -> MarkdownIt:
    # An image would be fetched from wherever the plan says by everybody who opens the notebook.
    return MarkdownIt("commonmark", {"html": False}).enable(["table"]).disable(["image"])


def _section(title: str, kind: str, items: Iterable[str]) -> str:
    made = "".join(f"<li>{item}</li>" for item in items)
    return f"<h3>{title}</h3><{kind}>{made}</{kind}>" if made else ""


def _step(one: Step) -> str:
    criteria = "".join(f"<li>{escape(text)}</li>" for text in one.criteria)
    status = one.status.replace("_", " ")
    inner = f"<ul>{criteria}</ul>" if criteria else ""
    return f"<strong>{escape(one.title)}</strong> ({status}) {escape(one.description)}{inner}"


def _artifact(one: Artifact) -> str:
    claim = f": {escape(one.caption)}" if one.caption else ""
    return f"{escape(one.name)} ({one.type.replace('_', ' ')}, {one.size:,} bytes){claim}"


def _annotation(plan: Plan, one: Annotation) -> str:
    quote = ""
    if isinstance(one.target, TextTarget):
        quote = f"<blockquote>{escape(one.target.quote.exact)}</blockquote>"
    replies = "".join(
        f"<li>{_name(plan, reply.author)}: {escape(reply.content)}</li>" for reply in one.replies
    )
    thread = f"<ul>{replies}</ul>" if replies else ""
    return f"{_name(plan, one.author)} ({one.type}): {escape(one.content)}{quote}{thread}"


def _name(plan: Plan, key: str) -> str:
    known = plan.identities.get(key)
    return f"<em>{escape(known.name if known else key[:16])}</em>"


def _first(annotations: list[Annotation]) -> list[Annotation]:
    return annotations[:MOST_ANNOTATIONS]


def _rest(count: int) -> str:
    return f"<p>and {count} more.</p>" if count > 0 else ""
