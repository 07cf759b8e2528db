from __future__ import annotations

import json

import pytest
from tornado.httpclient import HTTPClientError

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


@pytest.fixture
def attach(ask, plan, jp_fetch):
    async def send(name, data):
        await plan()
        code, made = await ask("plans/pp/artifacts", data, params={"name": name, "caption": "It"})
        assert code == 201, made

        async def fetch(**kwargs):
            path = ("peerplan", "api", "plans", "pp", "artifacts", made["artifactId"])
            try:
                return await jp_fetch(*path, **kwargs)
            except HTTPClientError as error:
                return error.response

        return made, fetch

    return send


async def test_evidence_comes_back_as_it_went_in(attach):
    made, fetch = await attach("shot.png", PNG)
    got = await fetch()
    assert (got.body, got.headers["Content-Type"]) == (PNG, "image/png")
    assert got.headers["ETag"] == f'"{made["hash"]}"'
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Content-Security-Policy"].startswith("sandbox;")
    assert "Content-Disposition" not in got.headers


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-9", 206, PNG[:10]),
        ("bytes=200-", 206, PNG[200:]),
        ("bytes=-3", 206, PNG[-3:]),
        ("bytes=9999-", 416, b""),
        ("nonsense", 200, PNG),
    ],
)
async def test_a_player_gets_the_range_that_it_asks_for(attach, asked, status, part):
    _, fetch = await attach("shot.png", PNG)
    got = await fetch(headers={"Range": asked})
    assert (got.code, got.body) == (status, part)
    assert got.headers["Accept-Ranges"] == "bytes"


async def test_what_a_browser_has_is_not_sent_again(attach):
    made, fetch = await attach("shot.png", PNG)
    got = await fetch(headers={"If-None-Match": f'"{made["hash"]}"'})
    assert (got.code, got.body) == (304, b"")


async def test_a_head_request_says_what_there_is(attach):
    _, fetch = await attach("shot.png", PNG)
    got = await fetch(method="HEAD")
    assert (got.code, got.headers["Content-Length"], got.body) == (200, str(len(PNG)), b"")


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("page.html", b"<!doctype html><script>alert(1)</script>", "text/html; charset=utf-8"),
        ("drawing.svg", SVG, "image/svg+xml"),
        ("shot.png", b"<html><script>alert(1)</script>", "text/html; charset=utf-8"),
        ("tool.exe", b"MZ\0\1", "application/octet-stream"),
    ],
)
async def test_what_could_run_is_a_download_without_an_origin(attach, name, data, kind):
    _, fetch = await attach(name, data)
    got = await fetch()
    assert got.headers["Content-Type"] == kind
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers["Content-Security-Policy"].startswith("sandbox;")


async def test_bytes_that_were_changed_are_not_served(attach, tmp_path):
    made, fetch = await attach("run.log", b"3 passed\n")
    digest = made["hash"].removeprefix("sha256:")
    (tmp_path / "peerplan" / "blobs" / digest[:2] / digest[2:]).write_bytes(b"9 passed\n")
    got = await fetch()
    assert (got.code, json.loads(got.body)["error"]["code"]) == (422, "integrity")
