"""What a room server counts, for Prometheus. No topic, id or address is part of it."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

_PREFIX = "peerplan_room_"


class Metrics:
    """Counters of one server, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.connections = self._gauge("connections", "Open sockets.")
        self.rooms = self._gauge("rooms", "Topics with subscribers here.")
        self.members = self._gauge("members", "Ids that are reached here.")
        self.backplane = self._gauge("backplane_up", "1 while other servers are reached.")
        self.throttled = self._counter("throttled_seconds", "Pauses of those who sent too fast.")
        self._delivered = self._counter("delivered", "Messages sent on.", "kind")
        self._refused = self._counter("refused", "Sockets refused or closed, by code.", "code")
        self._dropped = self._counter("dropped", "Messages nobody was there for.", "reason")
        self.signals = self._delivered.labels("signal")
        self.frames = self._delivered.labels("frame")
        self.frame_bytes = self._counter("frame_bytes", "Bytes of relayed frames.")

    def refused(self, code: str) -> None:
        """A socket was refused or closed for a reason."""
        self._refused.labels(code).inc()

    def dropped(self, reason: str) -> None:
        """A message was not sent on."""
        self._dropped.labels(reason).inc()

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(_PREFIX + name, text, registry=self.registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(_PREFIX + name, text, labels, registry=self.registry)
