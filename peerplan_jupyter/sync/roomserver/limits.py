"""What a room server grants to one connection, one address, and everybody together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RoomLimits:
    """Sizes in bytes, times in seconds."""

    text: int = 64 * 1024
    """A JSON message, in UTF-8."""
    binary: int = 256 * 1024 + 512
    """A relayed frame: the largest message of a link, and the names before it."""
    messages_per_second: float = 500.0
    """Sustained rate of one connection; who sends faster is read more slowly."""
    message_burst: int = 2000
    """Messages that may come at once after a quiet time."""
    bytes_per_second: float = 4_000_000.0
    """Sustained rate of one connection, counted once for each who gets them; who sends faster is
    read more slowly."""
    byte_burst: int = 8_000_000
    """Bytes that may come at once after a quiet time."""
    pings_per_second: float = 5.0
    """Sustained rate of WebSocket pings and pongs; who sends more is put out."""
    ping_burst: int = 100
    """Pings and pongs that may come at once after a quiet time."""
    topics: int = 16
    """Topics of one connection."""
    topic_name: int = 128
    """The name of a topic, in UTF-8."""
    peer_id: int = 64
    """The id of a peer, and the secret that it gave with it, in UTF-8."""
    members: int = 200
    """Subscribers of one topic."""
    rooms: int = 10_000
    """Topics with subscribers."""
    connections: int = 10_000
    """Open sockets."""
    connections_per_address: int = 200
    """Open sockets of one IPv4 address or IPv6 network of 64 bits; 0 for no limit."""
    outbox: int = 4_000_000
    """What may wait for a connection that reads slowly; beyond it is cut off."""
    outboxes: int = 500_000_000
    """What may wait for all connections together; beyond it those that read slowly are cut off."""
    patience: float = 5.0
    """How long a relayed frame waits for a slow reader before that is cut off."""
    ping: float = 25.0
    """Interval of pings; a socket that does not answer within it is closed."""
    unused: float = 20.0
    """How long a socket may be open without a topic."""
    grace: float = 10.0
    """How long sockets may stay open when the server stops."""
