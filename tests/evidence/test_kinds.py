from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerplan_jupyter.evidence.kinds import detect

PYTEST = b'{"summary": {"passed": 3}, "tests": []}'
CAST = b'{"version": 2, "width": 80, "height": 24}\n'
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
JUNIT = b'<?xml version="1.0"?>\n<testsuites><testsuite name="x"/></testsuites>'
DIFF = b"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"


@pytest.mark.parametrize(
    ("name", "head", "kind", "media_type"),
    [
        ("shot.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "screenshot", "image/png"),
        ("photo.jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF\0", "screenshot", "image/jpeg"),
        ("anim.gif", b"GIF89a\1\0\1\0", "screenshot", "image/gif"),
        ("x.webp", b"RIFF\x24\0\0\0WEBPVP8 ", "screenshot", "image/webp"),
        ("flow.mp4", b"\0\0\0 ftypisom\0\0\2\0isomiso2avc1mp41", "recording", "video/mp4"),
        ("flow.webm", b"\x1aE\xdf\xa3\x9fB\x86\x81\1webm", "recording", "video/webm"),
        ("logo.svg", SVG, "screenshot", "image/svg+xml"),
        ("results.xml", JUNIT, "test_results", "application/xml"),
        ("report.json", PYTEST, "test_results", "application/json"),
        ("run.log", b"\x1b[32mok\x1b[0m\n", "log", "text/plain"),
        ("changes.diff", DIFF, "diff", "text/x-diff"),
        ("changes.txt", DIFF, "diff", "text/x-diff"),
        ("n.ipynb", b'{"cells": [], "nbformat": 4}', "notebook", "application/x-ipynb+json"),
        ("page.html", b"<!doctype html><p>hi", "html", "text/html"),
        ("term.cast", CAST, "recording", "application/x-asciicast"),
        ("data.csv", b"a,b\n1,2\n", "other", "text/csv"),
        ("doc.pdf", b"%PDF-1.7\n\0", "other", "application/pdf"),
        ("unknown", b"\0\1\2\3", "other", "application/octet-stream"),
    ],
)  # fmt: skip
def test_a_file_is_known_by_its_content_first(name, head, kind, media_type):
    assert detect(name, head) == (kind, media_type)


def test_html_that_is_named_like_an_image_is_html():
    assert detect("shot.png", b"<html><script>alert(1)</script>") == ("html", "text/html")


def test_a_binary_without_its_magic_number_is_no_image():
    assert detect("shot.png", b"\0\1\2") == ("other", "application/octet-stream")


@given(st.text(max_size=30), st.binary(max_size=300))
def test_no_input_makes_it_raise(name, head):
    detect(name, head)
