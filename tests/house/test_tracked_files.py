"""What git tracks is part of the project: no output of a program that was started in its root."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LARGEST_KIB = 256


@pytest.fixture(scope="module")
def tracked():
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: nothing says which files are the project's")
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    return [Path(name) for name in names.stdout.split("\0") if name and (ROOT / name).exists()]


def test_every_folder_is_in_the_table(tracked):
    named = set(re.findall(r"^\| `([\w.]+)/", (ROOT / "CONTRIBUTING.md").read_text(), re.M))
    folders = {file.parts[0] for file in tracked if len(file.parts) > 1}
    assert {folder for folder in folders if not folder.startswith(".")} <= named


def test_no_file_is_large(tracked):
    sizes = {str(file): (ROOT / file).stat().st_size // 1024 for file in tracked}
    assert {file: kib for file, kib in sizes.items() if kib > LARGEST_KIB} == {}
