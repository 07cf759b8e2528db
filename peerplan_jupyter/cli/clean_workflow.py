"""The workflow file that cleans the plan branch every week."""

from __future__ import annotations

_TEMPLATE = """\
# Takes plans off the branch plan-artifacts that nobody published for {days} days.
# `find -mtime` would never find any: in a fresh checkout every file is new. Commits have dates.
name: Clean up old plans
on:
  schedule:
    - cron: "17 4 * * 1"
  workflow_dispatch:
permissions:
  contents: write
  pull-requests: read
jobs:
  clean:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: astral-sh/setup-uv@v6
      - run: uvx --from peerplan-jupyter peerplan clean --older-than {days}d --keep-open-prs{more}
        env:
          PEERPLAN_TOKEN_API_GITHUB_COM: ${{{{ github.token }}}}
"""


def workflow(days: int, *, approved_too: bool) -> str:
    """A GitHub Actions workflow as YAML."""
    return _TEMPLATE.format(days=days, more=" --approved-too" if approved_too else "")
