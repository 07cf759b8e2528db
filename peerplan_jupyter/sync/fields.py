"""The fields of loro-protocol's messages as bytes: numbers in LEB128, texts behind their length."""

from __future__ import annotations

from enum import IntEnum
from typing import TypeVar

from ..errors import ProtocolError

MAX_UINT = 2**32 - 1
MAX_TEXT = 256 * 1024

_Code = TypeVar("_Code", bound=IntEnum)


def uint(number: int) -> bytes:
    """Unsigned LEB128."""
    if not 0 <= number <= MAX_UINT:
        raise ProtocolError(f"{number} does not fit into 32 bits.")
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def var_bytes(data: bytes) -> bytes:
    """Bytes behind their length."""
    return uint(len(data)) + data


def text(value: str) -> bytes:
    """A text behind the length of its UTF-8."""
    return var_bytes(utf8(value))


def utf8(value: str) -> bytes:
    """A text's UTF-8; `ProtocolError` for half of a surrogate pair."""
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise ProtocolError("A text holds half of a surrogate pair.") from None


class Reader:
    """Reads fields one after the other; `ProtocolError` for what is not there."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    @property
    def remaining(self) -> int:
        """Bytes that were not read yet."""
        return len(self._data) - self.at

    def take(self, count: int) -> bytes:
        """The next bytes."""
        if count > self.remaining:
            raise ProtocolError(f"{count} bytes were expected and {self.remaining} are left.")
        self.at += count
        return self._data[self.at - count : self.at]

    def byte(self) -> int:
        """The next byte."""
        return self.take(1)[0]

    def uint(self) -> int:
        """A number of at most 32 bits."""
        number = 0
        for shift in range(0, 35, 7):
            byte = self.byte()
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
        if byte >= 0x80 or number > MAX_UINT:
            raise ProtocolError("A number does not fit into 32 bits.")
        return number

    def bytes(self, most: int = MAX_UINT) -> bytes:
        """Bytes behind their length."""
        size = self.uint()
        if size > most:
            raise ProtocolError(f"A field of {size} bytes came where {most} are allowed.")
        return self.take(size)

    def text(self, most: int = MAX_TEXT) -> str:
        """A text behind its length."""
        raw = self.bytes()
        if len(raw) > most:
            raise ProtocolError(f"A text of {len(raw)} bytes came where {most} are allowed.")
        try:
            return raw.decode()
        except UnicodeDecodeError:
            raise ProtocolError("A text is not UTF-8.") from None

    def code(self, kind: type[_Code], unknown: _Code) -> _Code:
        """A code, or `unknown`."""
        byte = self.byte()
        return kind(byte) if byte in kind._value2member_map_ else unknown

    def end(self) -> None:
        """Nothing follows."""
        if self.remaining:
            raise ProtocolError(f"{self.remaining} bytes follow the end of the message.")
