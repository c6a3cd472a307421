"""`roundtrip run --watch`: which changes make which tests run again."""

import os
import re
import shutil
import subprocess

import pytest
from conftest import EXECUTABLE, PLUGINS
from screen import Screen


class Watched:
    """A run of two suites from plugins that are in the test's folder, and may be changed there."""

    def __init__(self, roundtrip, *more):
        self.folder = roundtrip.folder
        for name in ("everyday", "misbehaving"):
            shutil.copy(PLUGINS / f"{name}.so", self.folder)
        self.write("")
        self.screen = Screen(
            roundtrip, "run", "config.yaml", "--watch", "--jobs=1", "--json=report.json",
            "--filter=Ordered.[abd]*", "--filter=*neighbour*", *more, columns=100, rows=40)  # fmt: skip
        self.wait_for("Watching 4 files; Ctrl-C ends")

    def write(self, more):
        (self.folder / "common.yaml").write_text(f"version: 1\n{more}")
        (self.folder / "config.yaml").write_text(
            """version: 1
include: [common.yaml]
only_plugins: [everyday.so, misbehaving.so]
transforms: {plain: {chain: []}}
runs: [{suites: [Ordered, Misbehaving], transforms: [plain]}]
"""
        )

    def wait_for(self, *texts):
        """Until all these are on the screen, which begins anew with each change."""
        self.screen.wait_until(lambda screen: all(text in screen.text() for text in texts))

    def end(self):
        self.screen.interrupt()
        return self.screen.end()


@pytest.fixture
def watched(roundtrip):
    return Watched(roundtrip)


def test_what_a_changed_plugin_offers_runs_again(watched):
    assert "5 passed, 0 failed, 0 skipped" in watched.screen.text()
    with open(watched.folder / "misbehaving.so", "ab") as plugin:
        plugin.write(b"\0")
    watched.wait_for("Changed: misbehaving.so", "2 of 5 tests to run again", "2 passed", "Watching")
    lines = watched.screen.lines()
    assert lines[0] == "Changed: misbehaving.so"  # what was there before is above
    assert "5 passed, 0 failed, 0 skipped" in watched.screen.everything()
    assert watched.end() == 0


def test_what_a_changed_configuration_means_runs_again(watched):
    watched.write("overrides: [{filter: Ordered.a, seed: 3}]")
    watched.wait_for("Changed: common.yaml", "1 of 5 tests to run again", "1 passed", "Watching")
    watched.write("overrides: [{filter: Ordered.a, seed: 3}]  # as before")
    watched.wait_for("No test depends on that", "Watching")
    assert watched.end() == 0


def test_so_does_what_surrounds_a_test(watched):
    watched.write("overrides: [{filter: Ordered.b, environment: {WORD: a}}]")
    watched.wait_for("1 of 5 tests to run again", "1 passed", "Watching")
    watched.write("""overrides: [{filter: Ordered.b, environment: {WORD: a}}]
setup: [{name: ready, filter: '*neighbour', run: 'true'}]""")
    watched.wait_for("2 of 5 tests to run again", "2 passed", "Watching")
    assert watched.end() == 0


def test_a_plugin_that_is_half_written_is_waited_for(watched):
    library = watched.folder / "everyday.so"
    content = library.read_bytes() + b"\0"
    library.unlink()
    watched.wait_for("Waiting until everyday.so is written")
    with open(library, "wb") as plugin:
        plugin.write(content[: len(content) // 2])
        plugin.flush()
        os.fsync(plugin.fileno())
        assert not watched.screen.wait_quietly(0.5)
        plugin.write(content[len(content) // 2 :])
    watched.wait_for("Changed: everyday.so", "3 of 5 tests to run again", "3 passed", "Watching")
    assert watched.end() == 0


def test_tests_to_which_a_run_did_not_come_are_run_with_the_next_change(roundtrip):
    watched = Watched(roundtrip, "--filter=Ordered.c", "--fail-fast")
    assert "Ran 3 of 6 tests" in watched.screen.text()
    watched.write("overrides: [{filter: Ordered.a, seed: 3}]")
    watched.wait_for("6 of 6 tests to run again", "Watching")
    assert watched.end() == 1


def test_a_configuration_that_cannot_change_is_not_watched(roundtrip, ordered):
    result = subprocess.run(
        [EXECUTABLE, "run", "/dev/stdin", "--watch"], input=ordered.read_text(), capture_output=True,
        text=True, cwd=roundtrip.folder, env=roundtrip.environment, check=False)  # fmt: skip
    message = "--watch needs a configuration in a file, which may change"
    assert (result.returncode, result.stderr) == (4, f"error: {message}\n")


def test_a_mistake_is_said_and_the_next_change_waited_for(watched):
    watched.write("overrides: [{filter: Ordered.a, sed: 3}]")
    watched.wait_for("error: ", "did you mean 'seed'?", "Watching")
    watched.write("overrides: [{filter: Ordered.a, seed: 3}]")
    watched.wait_for("1 of 5 tests to run again", "1 passed", "Watching")
    assert watched.end() == 0


def test_an_interrupted_run_ends_the_watch(roundtrip, misbehaving):
    screen = Screen(roundtrip, "run", misbehaving, "--watch", "--filter=*test_hang_s", "--set=timeout=50")
    screen.wait_until(lambda screen: re.search(r" (0\.[5-9]|[1-9]\d*\.\d) s +\S*test_hang_s", screen.text()))
    screen.interrupt()
    screen.wait_for("waiting for 1 test")
    assert "--resume" not in screen.everything()
    screen.interrupt()
    assert screen.end() == 2
    assert not re.search("Watching", screen.everything())
