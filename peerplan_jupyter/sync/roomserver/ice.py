"""The ICE servers that peers are told of, with credentials that expire."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class IceServers:
    """STUN and TURN servers; none by default.

    Credentials are those of coturn's `use-auth-secret`, from draft-uberti-behave-turn-rest-00:
    the user name is `expiry:peer`, the password base64(HMAC-SHA1(secret, user name)).
    """

    stun_urls: tuple[str, ...] = ()
    turn_urls: tuple[str, ...] = ()
    turn_secret: str = field(default="", repr=False)
    turn_seconds: int = 3600
    """How long credentials open a TURN server; connections made with them last on."""
    clock: Callable[[], float] = time.time

    def for_peer(self, peer: str) -> list[dict[str, Any]]:
        """RTCIceServer dictionaries for one peer."""
        servers: list[dict[str, Any]] = []
        if self.stun_urls:
            servers.append({"urls": list(self.stun_urls)})
        if self.turn_urls:
            servers.append({"urls": list(self.turn_urls), **self._credentials(peer)})
        return servers

    def _credentials(self, peer: str) -> dict[str, str]:
        name = f"{int(self.clock()) + self.turn_seconds}:{peer}"
        mac = hmac.new(self.turn_secret.encode(), name.encode(), hashlib.sha1)
        return {"username": name, "credential": base64.b64encode(mac.digest()).decode()}
