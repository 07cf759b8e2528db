"""Small pictures without an imaging library: pixels, a 3 by 5 font, and PNG."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

Colour = tuple[int, int, int]

_letters = (
    "A25755 B65656 C34443 D65556 E74647 F74644 G34553 H55755 I72227 J11152 K55655 L44447 M57755 "
    "N75555 O25552 P65644 Q25563 R65655 S34216 T72222 U55557 V55552 W55775 X55255 Y55222 Z71247 "
    "075557 126227 271747 371717 455711 574717 674757 771222 875757 975717 .00002 ,00024 :02020 "
    "-00700 /11244 %51245 >42124 =07070 +02720 (24442 )21112"
)
_font = {one[0]: [int(digit) for digit in one[1:]] for one in _letters.split()}
"""Five rows of three bits for each letter."""


@dataclass
class Picture:
    """An RGB picture."""

    width: int
    height: int
    background: Colour = (255, 255, 255)
    pixels: bytearray = field(init=False)

    def __post_init__(self) -> None:
        self.pixels = bytearray(bytes(self.background) * (self.width * self.height))

    def rectangle(self, x: int, y: int, width: int, height: int, colour: Colour) -> None:
        """Fill a rectangle; what lies outside is left out."""
        left, right = max(x, 0), min(x + width, self.width)
        row = bytes(colour) * max(right - left, 0)
        for line in range(max(y, 0), min(y + height, self.height)):
            start = 3 * (line * self.width + left)
            self.pixels[start : start + len(row)] = row

    def text(self, x: int, y: int, words: str, colour: Colour, scale: int = 2) -> None:
        """Write capitals, digits and some signs; others are blanks."""
        for index, letter in enumerate(words.upper()):
            for line, bits in enumerate(_font.get(letter, [])):
                for column in range(3):
                    if bits >> (2 - column) & 1:
                        left = x + (index * 4 + column) * scale
                        self.rectangle(left, y + line * scale, scale, scale, colour)

    def png(self) -> bytes:
        """The picture as PNG (W3C PNG, 3rd edition), no filter."""
        lines = range(0, len(self.pixels), 3 * self.width)
        raw = b"".join(b"\0" + self.pixels[line : line + 3 * self.width] for line in lines)
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        data = zlib.compress(raw, 9)
        chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
