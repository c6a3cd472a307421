"""What reports keep of hostile output, of interrupted and repeated runs, and where they go."""

import json
import re
import signal
import xml.etree.ElementTree as ElementTree

import pytest
from conftest import PLUGINS


@pytest.fixture
def printing(roundtrip):
    return roundtrip.write_config(
        f"only_plugins: [{PLUGINS}/everyday.so]\ntransforms: {{plain: {{chain: []}}}}\n"
        "runs: [{suites: [Printing], transforms: [plain]}]\n"
    )


@pytest.mark.parametrize("option", ["--junit", "--json", "--tap"])
def test_a_reports_path_is_tried_before_the_first_test(roundtrip, ordered, option):
    (roundtrip.folder / "file").touch()
    for path, reason in [
        ("file/report", "Not a directory"),
        (".", "it is a folder"),
        ("/proc/report", "No such file or directory"),
    ]:
        result = roundtrip("run", ordered, option, path)
        assert (result.returncode, result.out) == (4, "")
        assert result.err == f"error: {option}: cannot write the report {path}: {reason}; choose another path\n"
    assert not (roundtrip.folder / "order").exists()  # nothing was run
    assert roundtrip("run", ordered, option, "new/folder/report").returncode == 1
    assert (roundtrip.folder / "new/folder/report").stat().st_size > 100


@pytest.mark.parametrize("option", ["--junit", "--json", "--tap"])
def test_a_report_that_cannot_be_written_is_exit_code_3_after_the_results(roundtrip, ordered, option):
    result = roundtrip("run", ordered, option, "/dev/full", "--filter=Ordered.a")
    assert result.returncode == 3
    assert result.out.splitlines()[-1] == "1 passed, 0 failed, 0 skipped"
    assert result.err.startswith("error: cannot write the report /dev/full: ")


def test_two_reports_do_not_go_into_one_file(roundtrip, ordered):
    result = roundtrip("run", ordered, "--junit=r", "--json=./r")
    assert result.returncode == 4
    assert result.err == "error: --junit and --json would both write ./r; give each a path of its own\n"
    assert roundtrip("run", ordered, "--junit=/dev/null", "--json=/dev/null").returncode == 1


def test_a_test_that_changes_the_folder_takes_no_report_along(roundtrip, printing):
    result = roundtrip("run", printing, "--isolation=none", "--filter=*.test_folder", "--json=r.json")
    assert (result.returncode, result.err) == (0, "")
    assert len(roundtrip.report("r.json")["tests"]) == 1


def test_what_an_interrupted_run_did_not_get_to_is_in_its_reports(roundtrip, ordered):
    reports = ("--json=r.json", "--junit=r.xml", "--tap=r.tap")
    process = roundtrip.start("run", ordered, "--jobs=1", "--repeat=1000", *reports)
    for line in process.stdout:
        if "PASS" in line:
            break
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    report = roundtrip.report("r.json")
    assert len(report["tests"]) + len(report["not_run"]) == 6000
    waiting = {test["id"] for test in report["not_run"]}
    assert len(waiting) > 1000
    cases = ElementTree.parse(roundtrip.folder / "r.xml").getroot().iter("testcase")
    skipped = {f"Ordered.{case.get('name')}" for case in cases if case.find("skipped[@type='not_run']") is not None}
    assert skipped == waiting
    assert set(re.findall(r"^# not run: (.*)$", (roundtrip.folder / "r.tap").read_text(), re.M)) == {
        name.replace("#", "\\#") for name in waiting}  # fmt: skip


def test_a_run_that_gave_up_says_what_it_left_out(roundtrip, ordered):
    for more in ([], ["--isolation=none"]):
        roundtrip("run", ordered, "--jobs=1", "--fail-fast", "--json=r.json", "--junit=r.xml", *more)
        report = roundtrip.report("r.json")
        assert sorted(test["name"] for test in report["tests"] + report["not_run"]) == list("abcdef")
        (message,) = {node.get("message") for node in ElementTree.parse(roundtrip.folder / "r.xml").iter("skipped")}
        assert message == "was not run: as many tests failed as the run was to bear"


def test_repetitions_have_names_of_their_own(roundtrip, ordered):
    roundtrip("run", ordered, "--repeat=3", "--filter=Ordered.[ac]", "--junit=r.xml")
    cases = [case.get("name") for case in ElementTree.parse(roundtrip.folder / "r.xml").iter("testcase")]
    assert sorted(cases) == ["a", "a #2", "a #3", "c", "c #2", "c #3"]


def test_escape_sequences_and_what_was_written_over_are_left_out(roundtrip, printing):
    reports = ("--json=r.json", "--junit=r.xml", "--tap=r.tap")
    result = roundtrip("run", printing, "--filter=*.test_escapes", *reports)
    lines = "red link bold\n100%"
    case = ElementTree.parse(roundtrip.folder / "r.xml").find(".//testcase")
    assert case.find("system-out").text.strip() == lines
    assert case.find("failure").text == "loud"
    assert "\n    loud\n    -- output --\n    red link bold\n    100%\n" in result.out
    assert "    red link bold\n    100%\n" in (roundtrip.folder / "r.tap").read_text()
    (record,) = roundtrip.report("r.json")["tests"]  # has what the test wrote
    assert "\x1b[31mred" in record["output"]


def obeyed_by_github(out):
    """The lines that GitHub takes for commands, but for those that start and end a pause."""
    obeyed, word = [], None
    for line in out.splitlines():
        command = line.lstrip()
        if word is not None:
            word = None if command == f"::{word}::" or f"##[{word}]" in line else word
        elif command.startswith("::stop-commands::"):
            word = command.removeprefix("::stop-commands::")
        elif command.startswith("::") or "##[" in line:
            obeyed.append(line)
    assert word is None
    return obeyed


@pytest.mark.parametrize("more", [[], ["--verbose"], ["--isolation=none"]])
def test_what_a_test_says_is_no_command_of_github(roundtrip, printing, more):
    arguments = ("run", printing, "--filter=*.test_commands", "--json=r.json")
    result = roundtrip(*arguments, *more, GITHUB_ACTIONS="true")
    assert "::set-output name=a::b" in result.out
    assert obeyed_by_github(result.out) == [
        "::error title=Printing.test_commands failed::::error::not ours"]  # fmt: skip
    assert result.out.splitlines()[-1] == "0 passed, 1 failed, 0 skipped"
    merged = roundtrip("merge", "r.json", GITHUB_ACTIONS="true")
    assert "::add-mask::secret" in merged.out or more == ["--isolation=none"]
    assert obeyed_by_github(merged.out) == []


def test_github_obeys_again_after_a_run_that_did_not_start(roundtrip, printing):
    result = roundtrip("run", printing, "--resume", GITHUB_ACTIONS="true")
    assert result.returncode == 4
    assert obeyed_by_github(result.out) == []


def test_json_stays_json(roundtrip, printing):
    roundtrip("run", printing, "--json=r.json")
    assert json.loads((roundtrip.folder / "r.json").read_text())["version"] == 2
