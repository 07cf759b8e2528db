"""Where others reach this Jupyter server."""

from __future__ import annotations

from urllib.parse import urlsplit

from jupyter_server.base.handlers import JupyterHandler


def room_address(handler: JupyterHandler) -> str:
    """The room server in this Jupyter server, as whoever asks reaches it.

    Behind a proxy that ends TLS the server itself sees plain HTTP; the page's origin tells.
    """
    request = handler.request
    origin = urlsplit(request.headers.get("Origin", ""))
    scheme = origin.scheme if origin.netloc == request.host else request.protocol
    return f"{'wss' if scheme == 'https' else 'ws'}://{request.host}{handler.base_url}peerplan/room"
