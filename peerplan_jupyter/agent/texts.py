"""The texts that agents were shown, so that an edit can name its base by digest."""

from __future__ import annotations

import hashlib
from collections import OrderedDict

KEPT = 32


def text_digest(text: str) -> str:
    """`sha256:` and 64 hex digits of the text in UTF-8."""
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Texts:
    """The last texts shown, by digest. Forgotten ones are no loss: the edit is then refused as
    stale, with the current text.
    """

    def __init__(self) -> None:
        self._texts: OrderedDict[str, str] = OrderedDict()

    def show(self, text: str) -> str:
        """Remember a text; its digest."""
        key = text_digest(text)
        self._texts[key] = text
        self._texts.move_to_end(key)
        while len(self._texts) > KEPT:
            self._texts.popitem(last=False)
        return key

    def get(self, digest: str) -> str | None:
        """The text with this digest, if it was shown lately."""
        return self._texts.get(digest)
