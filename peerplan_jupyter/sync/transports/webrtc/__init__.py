"""Data channels: links from peer to peer, without a server between them."""

from .backend import BackendName, Settings
from .link import DirectLink, answer, offer
from .servers import IceServer

__all__ = ["BackendName", "DirectLink", "IceServer", "Settings", "answer", "offer"]
