"""The nightly workflow's own commands, run here as GitHub would run them, on a few tests."""

import json
import os
import pathlib
import re
import subprocess

import pytest
import yaml

ROOT = pathlib.Path(__file__).parents[2]
BUILD = os.environ["ROUNDTRIP_BUILD"]
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/nightly.yml").read_text())


def commands(job):
    """What the steps of a job run, but for what sets up the machine; the build is as it is here."""
    steps = [step["run"] for step in WORKFLOW["jobs"][job]["steps"] if "run" in step]
    found = [step for step in steps if not step.startswith(("./dev", "apt-get"))]
    assert found
    return [command.replace("build/bin", f"{BUILD}/bin") for command in found]


@pytest.fixture
def github(tmp_path):
    """Runs a command at the root of the project; reports go to a folder of the test's own."""
    (tmp_path / "config").symlink_to(ROOT / "config")
    (tmp_path / "suites").symlink_to(ROOT / "suites")
    environment = os.environ | {
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "ROUNDTRIP_FILTER": "*test_basic* or *test_cond* or *test_b* and suite(TestModels) or suite(*Dynamism*)",
    }

    def run(command, **more):
        return subprocess.run(
            ["bash", "-e", "-c", command], cwd=tmp_path, env=environment | more,
            capture_output=True, text=True)  # fmt: skip

    run.folder = tmp_path
    return run


def test_the_nightly_workflow_lists_its_cells_runs_some_and_joins_their_reports(github):
    for command in commands("cells"):
        result = github(command)
        # On a busy machine a plugin that takes its time is named: "still listing the tests of ...".
        expected = re.compile(r".*ROUNDTRIP_FILTER|still (loading|listing) ")
        said = [line for line in result.stderr.splitlines() if not expected.match(line)]
        assert (result.returncode, said) == (0, []), command
    name, cells = (github.folder / "output").read_text().rstrip("\n").split("=", 1)
    assert name == "cells"
    assert WORKFLOW["jobs"]["run"]["strategy"]["matrix"]["cell"] == "${{ fromJson(needs.cells.outputs.cells) }}"
    cells = json.loads(cells)
    assert len(cells) == len(set(cells)) == 44
    composed = ("retraceability_serdes", "decompose_serdes", "serdes_unflatten_serdes")
    composed = [cell for cell in cells if any(f"[{name}], threads=1" in cell for name in composed)]
    assert len(composed) == 3

    run_cells = (cells[0], *composed, cells[-1])
    unpack, run = commands("run")
    assert github(unpack).returncode == 0
    for i, cell in enumerate(run_cells):
        result = github(run, CELL=cell)
        assert result.returncode == 0, result.stdout
        uploaded = WORKFLOW["jobs"]["run"]["steps"][-1]["with"]["path"].split()
        assert all((github.folder / file).exists() for file in uploaded)
        report = json.loads((github.folder / "nightly.json").read_text())
        assert report["planned"] == len(report["tests"]) > 2
        assert {test["run"] for test in report["tests"]} == {cell}
        artifact = github.folder / "reports" / f"reports-{i}"
        artifact.mkdir(parents=True)
        for file in uploaded:
            (github.folder / file).rename(artifact / file)

    _, merge, page, diff, keep = commands("report")
    result = github(merge)
    assert result.returncode == 2, result.stderr  # most cells are missing, and are named
    assert github(page).returncode == 0
    assert (github.folder / "nightly.html").exists()
    assert github(diff).stdout == ""  # the first night
    report = json.loads((github.folder / "nightly.json").read_text())
    assert {test["run"] for test in report["tests"]} == set(run_cells)
    (missing,) = report["missing"]
    assert missing.startswith("of 44 runs these are missing: ")
    assert all((f"'{cell}'" in missing) == (cell not in run_cells) for cell in cells)
    assert github(keep).returncode == 0
    github(merge)
    result = github(diff)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.endswith("nothing has changed\n")
