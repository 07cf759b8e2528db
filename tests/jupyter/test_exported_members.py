from __future__ import annotations

import subprocess
import sys

import peerplan_jupyter as peerplan
from peerplan_jupyter import errors


def test_everything_exported_is_there_and_every_error_is_exported():
    for name in peerplan.__all__:
        assert getattr(peerplan, name) is not None
    tree = {
        name
        for name, one in vars(errors).items()
        if isinstance(one, type) and issubclass(one, errors.PeerPlanError)
    }
    assert tree <= set(peerplan.__all__)
    assert sorted(peerplan.__all__) == peerplan.__all__


def test_what_is_not_there_is_an_attribute_error():
    assert not hasattr(peerplan, "nothing")


def test_importing_the_package_imports_and_touches_nothing(tmp_path):
    code = (
        "import sys, socket; before = set(sys.modules)\n"
        "socket.socket.connect = None\n"
        "import peerplan_jupyter\n"
        "print(*{name.split('.')[0] for name in set(sys.modules) - before})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PEERPLAN_HOME": str(tmp_path / "home"), "PATH": ""},
    )
    heavy = {"loro", "pydantic", "anywidget", "mcp", "git", "tornado", "jupyter_server"}
    assert not heavy & set(done.stdout.split())
    assert not (tmp_path / "home").exists()


def test_the_server_extension_imports_nothing_heavy():
    code = (
        "import jupyter_server.serverapp, sys; before = set(sys.modules)\n"
        "import peerplan_jupyter; peerplan_jupyter._jupyter_server_extension_points()\n"
        "print(*{name.split('.')[0] for name in set(sys.modules) - before})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= {"peerplan_jupyter", "jupyter_server"}
