"""The dashboard's page. Its script asks for all that it shows, and it runs no other."""

from __future__ import annotations

from jupyter_server.base.handlers import JupyterHandler
from tornado import web

from ..assets import DASHBOARD
from ..host import Host
from ..scripts import ScriptHandler

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    )
)
PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="referrer" content="no-referrer">
    <title>Team</title>
    <link rel="icon" href="data:,">
    <script type="module" src="team/dashboard.js"></script>
  </head>
  <body>
    <div id="dashboard"></div>
    <noscript>To see your team, allow this page to run JavaScript.</noscript>
  </body>
</html>
"""


class DashboardPage(JupyterHandler):
    """`/peerplan/team`; who is not signed in is asked to."""

    def initialize(self, host: Host) -> None:
        """See `PlanAPIHandler`."""
        self.host = host

    @property
    def content_security_policy(self) -> str:
        """What the page may do; Jupyter sets the header."""
        return POLICY

    @web.authenticated
    async def get(self) -> None:
        """HTML."""
        self.set_header("Cache-Control", "no-store")
        self.finish(PAGE)


class DashboardScript(ScriptHandler):
    """The page's script."""

    script = DASHBOARD
