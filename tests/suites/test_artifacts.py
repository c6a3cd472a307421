"""The programs of tests that failed, and the commands that look for the link at fault."""

import json
import os
import pathlib
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest
import torch

BUILD = pathlib.Path(os.environ["ROUNDTRIP_BUILD"])
CONFIG = """
version: 1
plugins: [{plugins}/libfaulty_suite.so]
transforms:
  wrong: {{chain: [serdes_nonstrict, wrong_relu, clone], suffix: _wrong}}
  throws: {{chain: [clone, throws_on_relu], suffix: _throws}}
  crashes: {{chain: [clone, crashes_on_relu, serdes_nonstrict], suffix: _crashes}}
runs:
  - suites: [Faulty]
    transforms: [wrong, throws, crashes]
"""


class Runner:
    def __init__(self, folder):
        self.folder = folder
        self.config = folder / "config.yaml"
        self.config.write_text(CONFIG.format(plugins=BUILD / "tests/suite_plugins"))

    def __call__(self, command, *options):
        return subprocess.run(
            [BUILD / "bin/roundtrip", command, self.config, *options], cwd=self.folder, check=False,
            capture_output=True, text=True, env=os.environ | {"XDG_CACHE_HOME": str(self.folder)},
        )  # fmt: skip


@pytest.fixture(scope="module")
def runner(tmp_path_factory):
    return Runner(tmp_path_factory.mktemp("artifacts"))


@pytest.fixture(scope="module")
def run(runner):
    """One run of all tests: its output, and its records by name."""
    result = runner("run", "--json", "r.json", "--junit", "r.xml", "--color", "never")
    assert result.returncode == 1, result.stderr
    records = json.loads((runner.folder / "r.json").read_text())["tests"]
    return result.stdout, {record["name"]: record for record in records}


def files_of(record):
    return sorted(path.name for path in pathlib.Path(record["artifacts"]).iterdir())


def test_a_failing_test_keeps_what_was_before_and_after_each_link(run):
    out, records = run
    record = records["test_relu_wrong"]
    assert files_of(record) == [
        "1_0_export.out.pt", "1_0_export.pt2",
        "1_1_clone.out.pt", "1_1_clone.pt2",
        "1_2_wrong_relu.out.pt", "1_2_wrong_relu.pt2",
        "1_3_serdes_nonstrict.out.pt", "1_3_serdes_nonstrict.pt2",
        "1_inputs.pt",
    ]  # fmt: skip
    folder = pathlib.Path(record["artifacts"])
    x = torch.tensor([-1.0, 2.0])
    before = torch.export.load(folder / "1_1_clone.pt2").module()(x)
    after = torch.export.load(folder / "1_2_wrong_relu.pt2").module()(x)
    assert torch.equal(before, (x * 2).relu() + 1)
    assert torch.equal(torch.load(folder / "1_1_clone.out.pt")[0], before)
    assert torch.equal(torch.load(folder / "1_2_wrong_relu.out.pt")[0], after)
    assert torch.equal(torch.load(folder / "1_inputs.pt")[0][0], x)
    assert f"programs: {folder}\n" in out


def test_a_link_that_crashes_or_throws_loses_nothing_before_it(run):
    _, records = run
    assert records["test_relu_crashes"]["outcome"] == "crashed"
    assert files_of(records["test_relu_crashes"]) == [
        "1_0_export.pt2", "1_1_serdes_nonstrict.pt2", "1_inputs.pt"]  # fmt: skip
    assert files_of(records["test_relu_throws"]) == [
        "1_0_export.out.pt", "1_0_export.pt2", "1_inputs.pt"]  # fmt: skip


def test_what_has_no_program_says_so_and_what_passes_keeps_nothing(run):
    out, records = run
    record = records["test_fails_without_export_wrong"]
    assert record["artifacts"] is None
    assert record["artifacts_note"] == "none: no export ended, so there was no program"
    assert "programs: none: no export ended, so there was no program" in out
    assert files_of(records["test_model_throws_wrong"]) == ["1_inputs.pt"]
    assert records["test_add_wrong"]["artifacts"] is None
    assert records["test_add_wrong"]["artifacts_note"] is None


def test_every_report_names_the_folder(run, runner):
    _, records = run
    folder = records["test_relu_wrong"]["artifacts"]
    (case,) = ElementTree.parse(runner.folder / "r.xml").findall(".//*[@name='test_relu_wrong']")
    properties = {entry.get("name"): entry.get("value") for entry in case.iter("property")}
    assert properties["artifacts"] == folder
    assert runner("report", runner.folder / "r.json", "-o", "r.html").returncode == 0
    assert folder in (runner.folder / "r.html").read_text()


def test_artifacts_have_a_folder_and_a_size_or_are_not_kept(runner):
    one = ("run", "--filter", "*.test_relu_wrong", "--json", "one.json")
    runner(*one, "--artifacts", "kept", "--artifacts-size", "1")
    (record,) = json.loads((runner.folder / "one.json").read_text())["tests"]
    assert record["artifacts"] == str(runner.folder / "kept/Faulty.test_relu_wrong")
    assert files_of(record)[0] == "1_0_export.txt"
    said = (runner.folder / "kept/Faulty.test_relu_wrong/1_0_export.txt").read_text()
    assert "--artifacts-size gives them more" in said
    runner(*one, "--artifacts", "none")
    (record,) = json.loads((runner.folder / "one.json").read_text())["tests"]
    assert record["artifacts"] is None
    assert runner(*one, "--artifacts-size", "2 TiB").returncode == 4


def test_artifacts_that_cannot_be_written_lose_no_report(runner):
    one = ("run", "--filter", "*.test_relu_wrong", "--json", "lost.json")
    assert runner(*one, "--artifacts", "/dev/null/x").returncode == 1
    (record,) = json.loads((runner.folder / "lost.json").read_text())["tests"]
    assert record["artifacts_note"].startswith("cannot be kept: ")


def test_the_smallest_part_of_a_chain_that_fails_is_found(runner):
    found = runner("bisect-chain", "Faulty.test_relu_wrong")
    assert found.returncode == 0, found.stderr
    assert "PASS [clone]\n" in found.stdout
    assert found.stdout.splitlines()[-1] == "The smallest chain under which it fails so: [wrong_relu]"
    crash = runner("bisect-chain", "Faulty.test_relu_crashes").stdout
    assert crash.splitlines()[-1] == "The smallest chain under which it fails so: [crashes_on_relu]"
    without = runner("bisect-chain", "Faulty.test_fails_without_export_throws").stdout
    assert without.splitlines()[-1] == "It fails so without any transformation"


def test_a_test_that_passes_has_no_link_to_find_and_one_must_be_named(runner):
    assert runner("bisect-chain", "Faulty.test_add_wrong").returncode == 1
    assert runner("bisect-chain").returncode == 4
    two = runner("bisect-chain", "Faulty.test_relu*")
    assert (two.returncode, "selects 3 tests" in two.stderr) == (4, True)


def test_it_is_said_that_failed_tests_run_once_more(run):
    out, tests = run
    failed = sum(test["outcome"] in ("failed", "error", "crashed") for test in tests.values())
    assert f"\nRunning {failed} tests once more, to keep the programs of what failed\n" in out
