"""What `roundtrip` does with tests that behave, and with its command line."""

import json
import os
import re
import shlex

import junitparser
import pytest
from conftest import EXECUTABLE, PLUGINS


def test_every_outcome_that_a_test_can_state(roundtrip, everyday):
    code, tests = roundtrip.run_json(everyday)
    assert code == 1
    outcomes = {name: record["outcome"] for name, record in tests.items()}
    assert outcomes["test_passes_strict"] == "passed"
    assert outcomes["test_fails_strict"] == "failed"
    assert outcomes["test_errs_strict"] == "error"
    assert outcomes["test_skips_strict"] == "skipped"
    assert outcomes["test_xfails_strict"] == "xfailed"
    assert outcomes["test_xpasses_strict"] == "xpassed"
    assert outcomes["test_marked_other_strict"] == "passed"


def test_records_say_everything_about_a_test(roundtrip, everyday):
    _, tests = roundtrip.run_json(everyday)
    record = tests["test_fails_strict"]
    duration = record.pop("duration")
    assert 0 < duration < 10
    assert record.pop("settings") == {
        "timeout": 300.0, "slow": 60.0, "grace": 2.0, "memory": 0, "output": 131072,
        "retries": 0, "retry_on": "any", "retry_delay": 0.0, "threads": 1, "seed": 0,
        "dtype": "float32", "teardown": False, "strict": True, "flaky": "warn",
        "leaks": "warn"}  # fmt: skip
    assert record == {
        "id": "SerDesExportEveryday.test_fails_strict",
        "run": None,
        "repetition": 1,
        "suite": "Everyday",
        "test": "test_fails",
        "class": "SerDesExportEveryday",
        "name": "test_fails_strict",
        "transform": "strict",
        "chain": [{"name": "first", "options": {}}],
        "tags": [],
        "xfail": None,
        "quarantine": None,
        "skip": None,
        "file": "everyday.cpp",
        "line": 12,
        "outcome": "failed",
        "bad": True,
        "runs": 1,
        "slow": False,
        "resumed": False,
        "artifacts": None,
        "artifacts_note": None,
        "message": "suite.cpp:7: CHECK( 1 == 2 )",
        "output": "",
        "attempts": [
            {
                "outcome": "failed",
                "duration": duration,
                "message": "suite.cpp:7: CHECK( 1 == 2 )",
                "output": "",
                "backtrace": None,
                "subcases": [],
                "left_running": [],
            }
        ],
    }
    assert tests["test_xfails_strict"]["xfail"]["property"] == "serdes"
    assert tests["test_skips_strict"]["message"] == "needs a GPU"
    assert tests["test_prints_strict"]["output"] == "to cout\nto stderr\nno newline at the end"


def test_only_if_no_xfail_skips_tests_with_another_property(roundtrip, everyday):
    _, tests = roundtrip.run_json(everyday)
    for name in ("test_xfails_both", "test_marked_other_both"):
        assert tests[name]["outcome"] == "skipped"
        assert tests[name]["message"] == "Will only be tested if no other tests are failing"
    assert tests["test_xpasses_both"]["outcome"] == "xpassed"  # its only property is the run's


def test_derived_tests_share_what_their_suite_set_up(roundtrip, everyday):
    _, tests = roundtrip.run_json(everyday)
    assert tests["test_data_strict"]["message"] == "made at load"
    assert tests["test_data_both"]["message"] == "made at load"


def test_a_chain_reaches_the_suite_outermost_first(roundtrip, everyday):
    _, tests = roundtrip.run_json(everyday)
    assert tests["test_chain_strict"]["message"] == "chain: first;"
    assert tests["test_chain_both"]["message"] == "chain: first;second;"


def test_options_reach_the_suite_paths_from_the_folder_of_the_file(roundtrip, everyday):
    _, tests = roundtrip.run_json(everyday)
    assert tests["test_options_strict"]["message"] == f"{roundtrip.folder}/x|3"


def test_a_test_is_told_what_it_is_called_in_the_run(roundtrip, everyday):
    _, tests = roundtrip.run_json(everyday)
    assert tests["test_names_strict"]["message"] == (
        "Everyday.test_names|SerDesExportEveryday.test_names_strict|_strict|serdes"
    )


def test_each_test_leads_a_process_group_with_one_thread(roundtrip, everyday):
    _, tests = roundtrip.run_json(everyday)
    seen = set()
    for name in ("test_process_strict", "test_process_both"):
        assert tests[name]["message"] == "1 glibc.malloc.hugetlb=1"
        _, pid, _, group = tests[name]["output"].split()
        assert pid == group
        seen.add(pid)
    assert len(seen) == 2


def test_all_as_expected_is_exit_code_0_with_a_plain_last_line(roundtrip, everyday):
    globs = ("SerDes*_xfails_*", "SerDes*_skips_*", "Everyday.test_passes")
    result = roundtrip("run", everyday, *(f"--filter={glob}" for glob in globs))
    assert result.returncode == 0
    assert result.out.splitlines()[-1] == "3 passed, 0 failed, 1 skipped"
    assert "passed:  2 passed, 1 failed as expected (xfailed)" in result.out


def test_the_command_that_repeats_a_failure_repeats_it(roundtrip, everyday):
    result = roundtrip("run", everyday, "--filter", "Both*.test_chain_both")
    (line,) = [line for line in result.out.splitlines() if "again:" in line]
    words = shlex.split(line.split("again: ")[1])
    assert words[0] == EXECUTABLE
    assert words[1:] == ["run", str(everyday), "--filter", "derived(BothEveryday.test_chain_both)"]
    assert roundtrip(*words[1:]).out.splitlines()[-1] == "0 passed, 1 failed, 0 skipped"


def test_nothing_selected_is_exit_code_5(roundtrip, everyday):
    for command in ("run", "list"):
        result = roundtrip(command, everyday, "--filter", "nobody")
        assert result.returncode == 5
        assert "warning: --filter 'nobody' matches no test" in result.err
        assert "error: no test is selected" in result.err


def test_list_prints_the_plan_without_running_it(roundtrip, everyday):
    lines = roundtrip("list", everyday).out.splitlines()
    assert lines[0] == "SerDesExportEveryday.test_passes_strict"
    assert "SerDesExportEveryday.test_xfails_strict  [xfail: serdes]" in lines
    assert (
        "BothEveryday.test_xfails_both  [skip: Will only be tested if no other tests are failing]"
        in lines
    )
    listed = json.loads(roundtrip("list", everyday, "--json", "--filter", "*fails_strict").out)
    assert [(test["class"], test["name"]) for test in listed] == [
        ("SerDesExportEveryday", "test_fails_strict"),
        ("SerDesExportEveryday", "test_xfails_strict"),
    ]


def test_junit_xml_is_read_by_a_real_consumer(roundtrip, everyday):
    roundtrip("run", everyday, "--junit", "report.xml")
    report = junitparser.JUnitXml.fromfile(str(roundtrip.folder / "report.xml"))
    suites = {suite.name: suite for suite in report}
    assert set(suites) == {
        "SerDesExportEveryday", "BothEveryday", "SerDesExportSharing", "BothSharing"}  # fmt: skip
    cases = {case.name: case for case in suites["SerDesExportEveryday"]}
    assert cases["test_passes_strict"].is_passed
    assert isinstance(cases["test_fails_strict"].result[0], junitparser.Failure)
    assert isinstance(cases["test_errs_strict"].result[0], junitparser.Error)
    assert cases["test_skips_strict"].result[0].message == "needs a GPU"
    assert cases["test_xfails_strict"].result[0].type == "xfail"
    assert cases["test_xpasses_strict"].result[0].message == "[XPASS(strict)] xfail property 'serdes'"
    before = (report.tests, report.failures, report.errors, report.skipped)
    report.update_statistics()
    assert before == (report.tests, report.failures, report.errors, report.skipped)


def test_a_full_standard_output_is_exit_code_3(roundtrip, everyday):
    command = f"'{EXECUTABLE}' run '{everyday}' --filter '*test_passes*' > /dev/full"
    assert os.waitstatus_to_exitcode(os.system(command + " 2>/dev/null")) == 3


def test_colours_follow_option_and_environment(roundtrip, everyday):
    def is_coloured(*arguments, **environment):
        return "\x1b[" in roundtrip("run", everyday, *arguments, **environment).out

    assert not is_coloured()
    assert is_coloured("--color", "always")
    assert is_coloured(FORCE_COLOR="1")
    assert not is_coloured(FORCE_COLOR="1", NO_COLOR="1")
    assert not is_coloured("--color", "never", FORCE_COLOR="1")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "a command is missing; see 'roundtrip help'"),
        (["rnu"], "no command 'rnu'; did you mean 'run'?"),
        (["run"], "'run' needs a CONFIG: roundtrip run config/serdes.yaml"),
        (["run", "a", "b"], "'run' takes one CONFIG; see 'roundtrip run --help'"),
        (["run", "a", "--jnuit", "x"], "'run' has no option '--jnuit'; did you mean '--junit'?"),
        (["run", "a", "--jobs", "0"], "--jobs takes 1 or more, not 0"),
        (["run", "a", "--color", "red"], "--color takes auto, always or never, not 'red'"),
        (["run", "a", "--filter", "siute(A)"],
         "--filter, column 1: there is no predicate 'siute'; did you mean 'suite'?\n"
         "error:   siute(A)\nerror:   ^"),
        (["run", "a", "--shard", "3"], "--shard takes I/N, such as 2/5, or none, not '3'"),
        (["list", "absent.yaml"], "absent.yaml: cannot be opened; give the path of a YAML file"),
    ],
)
def test_bad_usage_is_exit_code_4(roundtrip, arguments, message):
    result = roundtrip(*arguments)
    assert result.returncode == 4
    assert result.err == f"error: {message}\n"


def test_a_wrong_name_in_the_configuration_is_placed(roundtrip):
    config = roundtrip.write_config(
        f"""only_plugins: [{PLUGINS}/everyday.so]
transforms: {{a: {{chain: [frist]}}}}
runs: [{{suites: [Everyday], transforms: [a]}}]
"""
    )
    result = roundtrip("run", config)
    assert result.returncode == 4
    assert result.err == (
        f"error: {config}:3:26: no plugin offers the transformation 'frist'; did you mean 'first'?\n"
    )


@pytest.mark.parametrize(
    ("suite", "library", "message"),
    [
        ("CrashesInList", "misbehaving",
         "crashed while it listed its tests: was killed by SIGABRT (Aborted)"),
    ],
)  # fmt: skip
def test_a_suite_that_cannot_list_its_tests_is_placed(roundtrip, suite, library, message):
    config = roundtrip.write_config(
        f"""only_plugins: [{PLUGINS}/{library}.so]
transforms: {{a: {{chain: []}}}}
runs: [{{suites: [{suite}], transforms: [a]}}]
"""
    )
    result = roundtrip("run", config)
    assert result.returncode == 4
    assert result.err == f"error: {config}:4:18: suite '{suite}': {message}\n"


@pytest.mark.parametrize(
    "command", ["run", "list", "check", "explain", "xfail", "merge", "debug", "new", "plugins"])  # fmt: skip
def test_help_teaches(roundtrip, command):
    help = roundtrip(command, "--help")
    assert (help.returncode, help.err) == (0, "")
    assert help.out.startswith(f"roundtrip {command} ")
    assert re.search(rf"^Examples?:\n  roundtrip {command}\b", help.out, re.M)
    assert roundtrip("help", command).out == help.out


def test_help_lists_the_commands(roundtrip):
    assert "Example" in roundtrip("help").out
    assert roundtrip("help", "rnu").err == "error: no command 'rnu'; did you mean 'run'?\n"
