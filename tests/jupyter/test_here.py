from __future__ import annotations

import pytest
from tornado.httpclient import HTTPClientError

from peerplan_jupyter.jupyter import assets
from peerplan_jupyter.review.workspace import Workspace


@pytest.fixture
def built(tmp_path, monkeypatch):
    """An interface, built."""
    monkeypatch.setattr(assets, "_FOLDER", tmp_path / "static")
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / assets.INTERFACE).write_text("export const mount = () => {};\n")


async def test_a_page_learns_whether_the_server_has_its_kernels_plans(ask, built, tmp_path):
    code, here = await ask("here")
    with Workspace() as kernel:
        journal = kernel.peer.call(lambda plans: plans.journal.epoch)
    assert (code, here["journal"]) == (200, journal)
    assert here["version"] == assets.version(assets.INTERFACE)


async def test_the_interface_comes_once(jp_fetch, built):
    got = await jp_fetch("peerplan", "api", "interface")
    assert got.body == b"export const mount = () => {};\n"
    assert got.headers["Content-Type"] == "text/javascript; charset=utf-8"
    with pytest.raises(HTTPClientError) as error:
        await jp_fetch(
            "peerplan", "api", "interface", headers={"If-None-Match": got.headers["ETag"]}
        )
    assert error.value.code == 304


async def test_an_interface_that_was_not_built_is_said(ask, tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "_FOLDER", tmp_path)
    assert (await ask("here"))[1]["version"] == ""
    code, got = await ask("interface")
    assert (code, got["error"]["code"]) == (404, "not_found")
    assert "built" in got["error"]["message"]
