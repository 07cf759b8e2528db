"""The Jupyter server extension: traits and wiring."""

from __future__ import annotations

from pathlib import Path

from jupyter_server.extension.application import ExtensionApp
from traitlets import Bool, Dict, Float, Integer, List, Unicode

from ..sync.roomserver.settings import RoomSettings
from .host import Host, Settings
from .mcp import MCPEndpoint
from .routes import routes
from .team.teams import TeamSettings


class PeerPlanApp(ExtensionApp):
    """Plans beside the notebooks: REST, WebSockets and MCP under `/peerplan`."""

    name = "peerplan_jupyter"
    extension_url = "/peerplan"
    load_other_extensions = True

    home = Unicode(
        None,
        allow_none=True,
        config=True,
        help="""Folder of the journal, the evidence and the identities. None (the default) means
        PEERPLAN_HOME if that is set, else where the system keeps a user's data. Kernels and
        commands of the same user find the same plans only if they use the same folder.""",
    )
    max_artifact_bytes = Integer(
        None,
        allow_none=True,
        min=1,
        config=True,
        help="""Largest artifact that is taken in, in bytes; 0 is not allowed. None (the default)
        means what the user's settings.toml says, which commands and kernels obey too, else
        25000000.""",
    )
    auto_publish = Bool(
        True,
        config=True,
        help="""Publish plans by themselves after changes, once they were published before or their
        review was requested. Defaults to True; if False, only `peerplan publish` does.""",
    )
    publish_delay = Float(
        2.0,
        min=0.0,
        config=True,
        help="""Seconds without a change after which a plan is published by itself. Defaults to 2;
        0 means at once. A plan that never comes to rest is published every 10 seconds.""",
    )
    trusted_hosts = List(
        Unicode(),
        default_value=None,
        allow_none=True,
        config=True,
        help="""Hosts that plan URLs may name besides the public hosts of git repositories and the
        remotes of the server's repository, for example ["git.example.org"]. None (the default)
        means those of the user's settings.toml; a list stands in their place.""",
    )

    room_limits = Dict(
        value_trait=Float(),
        key_trait=Unicode(),
        config=True,
        help="""Limits of the room server at /peerplan/room that differ from the defaults, for
        example {"members": 50}. Sizes are in bytes, times in seconds; docs/room-server.md has
        them all.""",
    )
    stun_urls = List(
        Unicode(),
        config=True,
        help="""STUN servers that peers are told of, for example ["stun:ice.example.org"]. Defaults
        to none: peers then connect within one network, or through this server.""",
    )
    turn_urls = List(
        Unicode(),
        config=True,
        help="""TURN servers that peers are told of, for example ["turn:ice.example.org"], with
        credentials that expire. Defaults to none; needs `turn_secret_file`.""",
    )
    turn_secret_file = Unicode(
        None,
        allow_none=True,
        config=True,
        help="""File with the secret that the TURN servers share with this one, which is
        `static-auth-secret` in coturn. None (the default) where there is no TURN server.""",
    )
    turn_seconds = Integer(
        3600,
        min=60,
        config=True,
        help="Seconds for which credentials for TURN are valid. Defaults to 3600, one hour.",
    )

    team_presence = Float(
        90.0,
        min=1.0,
        config=True,
        help="""Seconds for which somebody whose run is not heard of is still shown as working, on
        the dashboard of a team at /peerplan/team. Defaults to 90; a run is heard of every 30.""",
    )
    team_keep_days = Float(
        30.0,
        min=0.0,
        config=True,
        help="""Days after which runs that are not heard of any more are forgotten, with what they
        cost. Defaults to 30; 0 keeps nothing. Tasks rest in git, and are not touched.""",
    )

    def initialize_handlers(self) -> None:
        """Called by Jupyter."""
        self.host = Host(self._settings())
        self.mcp = MCPEndpoint(self.host)
        self.handlers += routes(self.host, self.mcp)

    async def _start_jupyter_server_extension(self, serverapp: object) -> None:  # noqa: ARG002
        """Called by Jupyter when the server serves; what was left unpublished is published then."""
        self.host.begin()

    async def stop_extension(self) -> None:
        """Called by Jupyter when the server stops."""
        await self.mcp.close()
        await self.host.close()

    def _settings(self) -> Settings:
        assert self.serverapp is not None  # noqa: S101 (Jupyter sets it before the handlers)
        return Settings(
            root=Path(str(self.serverapp.root_dir)),
            home=Path(self.home).expanduser() if self.home else None,
            max_artifact_bytes=self.max_artifact_bytes,
            auto_publish=self.auto_publish,
            publish_delay=self.publish_delay,
            trusted_hosts=None if self.trusted_hosts is None else tuple(self.trusted_hosts),
            rooms=RoomSettings(
                self.room_limits,
                tuple(self.stun_urls),
                tuple(self.turn_urls),
                Path(self.turn_secret_file) if self.turn_secret_file else None,
                self.turn_seconds,
            ),
            team=TeamSettings(self.team_presence, self.team_keep_days),
        )
