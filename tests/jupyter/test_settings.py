from __future__ import annotations

import pytest

from peerplan_jupyter.store.home import Home
from peerplan_jupyter.store.settings import settings_file


@pytest.fixture
def jp_server_config(jp_server_config, request):
    """What the server's own configuration says is the test's parameter; else nothing."""
    jp_server_config["PeerPlanApp"] = getattr(request, "param", {})
    return jp_server_config


@pytest.fixture(autouse=True)
def write(_own_settings):
    """Write the user's settings; before the server starts they say a limit and a host."""

    def settings(text):
        settings_file(Home.default()).write_text(text)

    settings("max_artifact_bytes = 10\ntrusted_hosts = ['127.0.0.1']")
    return settings


async def attach(ask, size):
    code, _ = await ask("plans/pp/artifacts", b"x" * size, params={"name": "run.log"})
    return code


async def open_from(ask, host):
    return (await ask("open", {"url": f"http://{host}:1/x?plan=pp"}))[1]["error"]["code"]


async def test_the_server_obeys_the_users_settings(ask, plan):
    await plan()
    assert [await attach(ask, 10), await attach(ask, 11)] == [201, 413]
    assert await open_from(ask, "127.0.0.1") == "unreachable"
    assert await open_from(ask, "localhost") == "invalid_input"


@pytest.mark.parametrize(
    "jp_server_config",
    [{"max_artifact_bytes": 12, "trusted_hosts": ["localhost"]}],
    indirect=True,
)
async def test_what_the_servers_configuration_says_stands_before_the_users_settings(ask, plan):
    await plan()
    assert [await attach(ask, 12), await attach(ask, 13)] == [201, 413]
    assert await open_from(ask, "localhost") == "unreachable"
    assert await open_from(ask, "127.0.0.1") == "invalid_input"


@pytest.mark.parametrize(
    "jp_server_config", [{"trusted_hosts": ["https://localhost"]}], indirect=True
)
async def test_a_host_of_the_servers_configuration_that_is_none_is_named(ask):
    code, told = await ask("plans")
    assert (code, told["error"]["code"]) == (400, "invalid_input")
    assert "The configuration of PeerPlanApp cannot be used" in told["message"]
    assert "https://localhost" in told["message"]


async def test_wrong_settings_are_said_and_leave_the_rest_of_the_server_alone(
    write, jp_fetch, ask, plan
):
    write("max_artifact_bytes = 0")
    code, told = await ask("plans")
    assert (code, told["error"]["code"]) == (400, "invalid_input")
    assert "settings.toml" in told["message"]
    assert (await jp_fetch("api", "contents")).code == 200
    assert await attach(ask, 1) == 400
    write("max_artifact_bytes = 5")
    await plan()
    assert await attach(ask, 6) == 413
