"""What kind of evidence a file is, told by its content first and its name second."""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath

import puremagic

from ..plan.schema import ArtifactType

HEAD = 65_536
"""Bytes from a file's beginning that are looked at."""
_BY_SUFFIX: dict[str, tuple[ArtifactType, str]] = {
    ".png": ("screenshot", "image/png"),
    ".jpg": ("screenshot", "image/jpeg"),
    ".jpeg": ("screenshot", "image/jpeg"),
    ".gif": ("screenshot", "image/gif"),
    ".webp": ("screenshot", "image/webp"),
    ".svg": ("screenshot", "image/svg+xml"),
    ".mp4": ("recording", "video/mp4"),
    ".webm": ("recording", "video/webm"),
    ".cast": ("recording", "application/x-asciicast"),
    ".diff": ("diff", "text/x-diff"),
    ".patch": ("diff", "text/x-diff"),
    ".log": ("log", "text/plain"),
    ".txt": ("log", "text/plain"),
    ".out": ("log", "text/plain"),
    ".ipynb": ("notebook", "application/x-ipynb+json"),
    ".html": ("html", "text/html"),
    ".htm": ("html", "text/html"),
    ".md": ("other", "text/markdown"),
    ".csv": ("other", "text/csv"),
    ".json": ("other", "application/json"),
    ".xml": ("other", "application/xml"),
    ".pdf": ("other", "application/pdf"),
    ".zip": ("other", "application/zip"),
}
_BINARY = {"image/png", "image/jpeg", "image/gif", "image/webp", "video/mp4", "video/webm"}
_UNKNOWN: tuple[ArtifactType, str] = ("other", "application/octet-stream")


def detect(name: str, head: bytes) -> tuple[ArtifactType, str]:
    """The artifact type and media type of a file from its name and first bytes.

    A binary format is believed only if its magic number is there: `shot.png` that holds HTML
    comes out as what it holds. Never raises; what is unknown is `other`, an octet stream.
    """
    suffix = PurePosixPath(name).suffix.lower()
    found = _binary(head)
    if found:
        return found
    text = _text(head)
    if text is None:
        by_name = _BY_SUFFIX.get(suffix, _UNKNOWN)
        return by_name if by_name[0] == "other" and by_name[1] not in _BINARY else _UNKNOWN
    return _of_text(suffix, text)


def _binary(head: bytes) -> tuple[ArtifactType, str] | None:
    try:
        types = {match.mime_type for match in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):
        return None
    if types & {"video/mp4", "video/webm"}:
        return "recording", "video/webm" if "video/webm" in types else "video/mp4"
    image = sorted(types & _BINARY)
    return ("screenshot", image[0]) if image else None


def _text(head: bytes) -> str | None:
    if b"\0" in head:
        return None
    return head.decode("utf-8", errors="replace")


def _of_text(suffix: str, text: str) -> tuple[ArtifactType, str]:
    start = text.lstrip("\ufeff \t\r\n")
    if re.match(r"(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<testsuites?[\s>/]", start, re.DOTALL):
        return "test_results", "application/xml"
    if re.match(r"<!doctype html|<html", start, re.IGNORECASE):
        return "html", "text/html"
    if re.match(
        r"(<\?xml[^>]*>\s*)?(<!--.*?-->\s*|<!DOCTYPE[^>]*>\s*)*<svg[\s>]", start, re.DOTALL
    ):
        return "screenshot", "image/svg+xml"
    if re.search(r"^(diff --git |--- .*\n\+\+\+ )", start[:4000], re.MULTILINE):
        return "diff", "text/x-diff"
    if start.startswith("{"):
        return _of_json(suffix, start)
    known = _BY_SUFFIX.get(suffix)
    return known if known and known[1] not in _BINARY else ("log", "text/plain")


def _of_json(suffix: str, start: str) -> tuple[ArtifactType, str]:
    keys = set(re.findall(r'"([A-Za-z_]+)"\s*:', start))
    first = start.partition("\n")[0]
    if suffix == ".cast" or (suffix != ".json" and _is_cast(first)):
        return "recording", "application/x-asciicast"
    if {"nbformat", "cells"} <= keys or suffix == ".ipynb":
        return "notebook", "application/x-ipynb+json"
    if {"tests", "summary"} <= keys or "numTotalTests" in keys:
        return "test_results", "application/json"
    return "other", "application/json"


def _is_cast(line: str) -> bool:
    try:
        header = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(header, dict) and header.get("version") in (2, 3) and "width" in header
