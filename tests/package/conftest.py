import os
import pathlib
import subprocess

import pytest

BUILD = pathlib.Path(os.environ["ROUNDTRIP_BUILD"])


def call(*command, cwd=None, code=0):
    result = subprocess.run(
        [*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False)  # fmt: skip
    assert result.returncode == code, result.stdout + result.stderr
    return result.stdout


def refusal(*command, cwd):
    """What a command says that is refused for its configuration."""
    result = subprocess.run(
        [*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False)  # fmt: skip
    assert result.returncode == 4, result.stdout + result.stderr
    return result.stderr


def build_outside(prefix, folder, name):
    call("cmake", "-G", "Ninja", "-S", name, "-B", f"build_{name}",
         f"-DCMAKE_PREFIX_PATH={prefix}", cwd=folder)  # fmt: skip
    call("cmake", "--build", f"build_{name}", cwd=folder)


@pytest.fixture(scope="session")
def prefix(tmp_path_factory):
    """The project, installed."""
    folder = tmp_path_factory.mktemp("prefix")
    call("cmake", "--install", BUILD, "--prefix", folder)
    return folder
