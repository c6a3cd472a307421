"""What suites depend on beside their libraries, modules of Python and programs: `run --watch` runs
them again when it changes, and results of before and after do not go together."""

import os
import pathlib
import select
import shutil
import signal
import subprocess
import time

import pytest

BUILD = pathlib.Path(os.environ["ROUNDTRIP_BUILD"])
PLUGINS = BUILD / "lib/roundtrip/plugins"
PROGRAMS = pathlib.Path(__file__).parents[2] / "suites/corpus/programs"
CONFIG = """
version: 1
only_plugins: [{plugin}]
transforms: {{plain: {{chain: []}}}}
suites: {suites}
runs: [{{suites: [{names}], transforms: [plain]}}]
"""


needs_python = pytest.mark.skipif(
    not (PLUGINS.parent / "libroundtrip_python.so").exists(), reason="built without Python")  # fmt: skip


def write_config(folder, plugin, **suites):
    (folder / "my.sorted.yaml").write_text(
        CONFIG.format(plugin=PLUGINS / plugin, suites="{" + ", ".join(f"{k}: {v}" for k, v in suites.items()) + "}",
                      names=", ".join(suites)))  # fmt: skip


class Watch:
    """A run that watches, and what it has said since it was asked the last time."""

    def __init__(self, folder, plugin, **suites):
        write_config(folder, plugin, **suites)
        environment = os.environ | {"XDG_CACHE_HOME": str(folder / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = subprocess.Popen(
            [BUILD / "bin/roundtrip", "run", "my.sorted.yaml", "--watch", "--color=never", "--verbose"],
            cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip

    def next(self):
        """Until it waits for the next change."""
        said, deadline = b"", time.monotonic() + 100
        while b"Watching" not in said or not said.endswith(b"\n"):
            assert time.monotonic() < deadline, said.decode()
            if select.select([self.process.stdout], [], [], 1)[0]:
                chunk = os.read(self.process.stdout.fileno(), 65536)
                assert chunk, said.decode()
                said += chunk
        return said.decode()

    def end(self):
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=60)
        return self.process.returncode


@needs_python
def test_modules_of_python_and_what_they_import(tmp_path):
    head = "import unittest\nfrom torch.export import export\n"
    (tmp_path / "package").mkdir()
    (tmp_path / "package/__init__.py").write_text("")
    (tmp_path / "package/model.py").write_text("ANSWER = 42\n")
    (tmp_path / "only_b.py").write_text("")
    for name, imported in (("a", "package.model"), ("b", "package.model, only_b")):
        (tmp_path / f"test_{name}.py").write_text(
            f"{head}import {imported}\n"
            "def test_answer():\n    assert package.model.ANSWER == 42, package.model.ANSWER\n")
    suite = "{{kind: python, path: ., module: test_{}}}".format
    watch = Watch(tmp_path, "libpython.so", A=suite("a"), B=suite("b"))
    assert "2 passed, 0 failed" in watch.next()
    (tmp_path / "only_b.py").write_text("# changed\n")
    said = watch.next()
    assert "Changed: only_b.py" in said and "1 of 2 tests to run again" in said
    (tmp_path / "package/model.py").write_text("ANSWER = 43\n")
    said = watch.next()
    assert "Changed: package/model.py" in said and "2 of 2 tests to run again" in said
    assert "AssertionError: 43" in said
    (tmp_path / "test_a.py").write_text("def\n")
    said = watch.next()
    assert "Changed: test_a.py" in said and "SyntaxError" in said
    (tmp_path / "test_a.py").write_text(head + "def test_answer():\n    pass\n")
    said = watch.next()
    assert "1 of 2 tests to run again" in said and "1 passed, 0 failed" in said
    (tmp_path / "only_b.py").unlink()
    assert "No module named 'only_b'" in watch.next()
    assert watch.end() == 4


@needs_python
def test_a_change_while_modules_are_imported_is_not_lost(tmp_path):
    (tmp_path / "model.py").write_text("ANSWER = 42\n")
    (tmp_path / "test_a.py").write_text(
        "import os, pathlib\nfrom torch.export import export\nimport model\n"
        "if os.path.exists('marker'):\n"
        "    os.remove('marker')\n"
        "    pathlib.Path('model.py').write_text('ANSWER = 42 + 0\\n')\n"
        "def test_answer():\n    assert model.ANSWER == 42\n")
    watch = Watch(tmp_path, "libpython.so", A="{kind: python, path: ., module: test_a}")
    assert "1 passed, 0 failed" in watch.next()
    (tmp_path / "marker").touch()
    (tmp_path / "model.py").write_text("ANSWER = 43\n")
    assert "0 passed, 1 failed" in watch.next()
    assert "1 passed, 0 failed" in watch.next()
    assert watch.end() == 0


def test_programs_of_a_folder(tmp_path):
    folder = tmp_path / "programs"
    folder.mkdir()
    shutil.copy(PROGRAMS / "linear.pt2", folder / "a.pt2")
    watch = Watch(tmp_path, "libcorpus.so", Mine="{kind: corpus, folder: programs}")
    assert "1 passed, 0 failed" in watch.next()
    shutil.copy(PROGRAMS / "activations.pt2", folder / "a.pt2")
    said = watch.next()
    assert "Changed: programs/a.pt2" in said and "1 passed, 0 failed" in said
    shutil.copy(PROGRAMS / "linear.pt2", folder / "b.pt2")
    assert "2 passed, 0 failed" in watch.next()
    (folder / "a.pt2").unlink()
    said = watch.next()
    assert "Changed: programs" in said and "1 passed, 0 failed" in said
    assert watch.end() == 0


def run(folder, *words):
    environment = os.environ | {"XDG_CACHE_HOME": str(folder / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([BUILD / "bin/roundtrip", *words], cwd=folder, env=environment, text=True,
                          capture_output=True)  # fmt: skip


def merged_shards(folder, change):
    """What merging says of two shards between which something changes."""
    for shard in ("1/2", "2/2"):
        done = run(folder, "run", "my.sorted.yaml", f"--shard={shard}", f"--json={shard[0]}.json")
        assert done.returncode == 0, done.stdout + done.stderr
        change()
    return run(folder, "merge", "1.json", "2.json")


def test_shards_of_other_programs_do_not_go_together(tmp_path):
    (tmp_path / "programs").mkdir()
    for name in "ab":
        shutil.copy(PROGRAMS / "linear.pt2", tmp_path / f"programs/{name}.pt2")
    write_config(tmp_path, "libcorpus.so", Mine="{kind: corpus, folder: programs}")
    assert merged_shards(tmp_path, lambda: None).returncode == 0
    other = merged_shards(tmp_path, lambda: shutil.copy(PROGRAMS / "activations.pt2", tmp_path / "programs/b.pt2"))
    assert other.returncode == 3
    assert "the files of the suite 'Mine'" in other.stderr


@needs_python
def test_shards_of_other_modules_do_not_go_together(tmp_path):
    (tmp_path / "model.py").write_text("ANSWER = 42\n")
    (tmp_path / "test_a.py").write_text(
        "from torch.export import export\nimport model\n"
        "def test_one():\n    assert model.ANSWER\ndef test_two():\n    assert model.ANSWER\n")
    write_config(tmp_path, "libpython.so", A="{kind: python, path: ., module: test_a}")
    assert merged_shards(tmp_path, lambda: None).returncode == 0
    other = merged_shards(tmp_path, lambda: (tmp_path / "model.py").write_text("ANSWER = 43\n"))
    assert other.returncode == 3
    assert "the files of the suite 'A'" in other.stderr
