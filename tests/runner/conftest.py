"""Drives the built `roundtrip` on real plugins, most of them broken on purpose.

ctest sets ROUNDTRIP (the executable), ROUNDTRIP_BUILD_TYPE (its CMAKE_BUILD_TYPE) and
ROUNDTRIP_TEST_PLUGINS (the folder of the libraries built from plugins/).
"""

import contextlib
import json
import os
import pathlib
import sqlite3
import subprocess

import pytest

PLUGINS = pathlib.Path(os.environ["ROUNDTRIP_TEST_PLUGINS"])
EXECUTABLE = os.environ["ROUNDTRIP"]
# What the machine that runs these tests says of itself must not reach the runner.
VARIABLES = ("NO_COLOR", "FORCE_COLOR", "OMP_NUM_THREADS", "GLIBC_TUNABLES", "XML_OUTPUT_FILE")
PREFIXES = ("ROUNDTRIP_", "GITHUB_", "CI_", "TEST_", "GTEST_", "TESTBRIDGE_", "SLURM_", "JOB_")


class Roundtrip:
    """Runs the executable in a folder of the test's own."""

    def __init__(self, folder):
        self.folder = folder
        self.executable = EXECUTABLE
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if name not in VARIABLES and not name.startswith(PREFIXES)
        }
        self.environment["XDG_CACHE_HOME"] = str(folder / "cache")
        # These plugins' tests export nothing, and some count how often they are run.
        self.environment["ROUNDTRIP_ARTIFACTS"] = "none"

    def write_config(self, text):
        path = self.folder / "config.yaml"
        path.write_text("version: 1\n" + text)
        return path

    def start(self, *arguments, **environment):
        return subprocess.Popen(
            [EXECUTABLE, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            env=self.environment | environment,
            encoding="utf-8",  # the runner must never print anything else
        )

    def __call__(self, *arguments, **environment):
        process = self.start(*arguments, **environment)
        process.out, process.err = process.communicate(timeout=60)
        return process

    def report(self, name="report.json"):
        return json.loads((self.folder / name).read_text())

    def run_json(self, config, *arguments, **environment):
        """The exit code, and the JSON records by test name."""
        result = self("run", config, "--json", "report.json", *arguments, **environment)
        assert result.err == ""
        return result.returncode, {record["name"]: record for record in self.report()["tests"]}


def history_rows(roundtrip, statement):
    """What the history says, or does, of the only configuration that was run."""
    (path,) = (roundtrip.folder / "cache").rglob("history.sqlite")
    with contextlib.closing(sqlite3.connect(path)) as history:
        rows = history.execute(statement).fetchall()
        history.commit()
        return rows


@pytest.fixture
def roundtrip(tmp_path):
    return Roundtrip(tmp_path)


@pytest.fixture
def shell_config(roundtrip):
    """A configuration of shell commands as tests, by name, and more of YAML."""

    def write(more="", **commands):
        tests = json.dumps([f"{name}={command}" for name, command in commands.items()])
        return roundtrip.write_config(
            f"""
only_plugins: [{PLUGINS}/shell.so]
transforms: {{plain: {{chain: []}}}}
suites: {{Shell: {{kind: shell, tests: {tests}}}}}
runs: [{{suites: [Shell], transforms: [plain]}}]
{more}
"""
        )

    return write


@pytest.fixture
def everyday(roundtrip):
    return roundtrip.write_config(
        f"""
only_plugins: [{PLUGINS}/everyday.so]
transforms:
  strict: {{chain: [first], prefix: SerDesExport, suffix: _strict, xfail: serdes}}
  both: {{chain: [first, second], prefix: Both, suffix: _both, xfail: serdes, only_if_no_xfail: true}}
suites:
  Everyday: {{folder: x, n: 3}}
runs:
  - {{suites: [Everyday, Sharing], transforms: [strict, both]}}
"""
    )


@pytest.fixture
def misbehaving(roundtrip):
    return roundtrip.write_config(
        f"""
only_plugins: [{PLUGINS}/misbehaving.so]
transforms: {{strict: {{chain: [], suffix: _s, xfail: serdes}}}}
suites: {{Misbehaving: {{folder: '{roundtrip.folder}'}}}}
runs: [{{suites: [Misbehaving], transforms: [strict], timeout: 1}}]
"""
    )


@pytest.fixture
def ordered(roundtrip):
    """Tests a to f, of which c and e fail; each adds its name to the file `order`."""
    return roundtrip.write_config(
        f"""
only_plugins: [{PLUGINS}/everyday.so]
transforms: {{plain: {{chain: []}}}}
runs: [{{suites: [Ordered], transforms: [plain]}}]
"""
    )
