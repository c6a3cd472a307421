"""Expected failures kept true, shards' reports joined, tests under a debugger."""

import json
import os

import junitparser
import pytest
from conftest import PLUGINS


@pytest.fixture
def marked(roundtrip):
    def write(marks):
        return roundtrip.write_config(
            f"""
only_plugins: [{PLUGINS}/everyday.so]
transforms: {{a: {{chain: [], xfail: p}}}}
runs: [{{suites: [Ordered], transforms: [a]}}]
xfail: [{marks}]
"""
        )

    return write


TRUE = "{test: Ordered.c, property: p}"
PASSES = "{test: Ordered.d, property: p}"
UNUSED = "{test: Ordered.e, property: q}"
EXPIRED = "{test: Ordered.c, property: p, expires: 2020-02-29}"


def test_an_audit_lists_the_marks_that_are_no_longer_true(roundtrip, marked):
    config = marked(", ".join([TRUE, PASSES, UNUSED]))
    result = roundtrip("xfail", "audit", config)
    assert result.err == "warning: 2 marked tests have not been run; run them first\n"
    assert result.returncode == 1  # for the property that no run has

    roundtrip("run", config, "--json=r.json")
    (roundtrip.folder / "order").unlink()
    lines = [
        "Ordered.d, xfail property 'p': no longer fails: Ordered.d passed",
        "Ordered.e, xfail property 'q': no run of the test has this property",
    ]
    result = roundtrip("xfail", "audit", config)
    assert (result.returncode, result.err) == (1, "")
    assert result.out.splitlines() == lines
    assert not (roundtrip.folder / "order").exists()  # it runs nothing
    from_report = roundtrip(
        "xfail", "audit", config, "--report=r.json", XDG_CACHE_HOME=str(roundtrip.folder / "other"))  # fmt: skip
    assert from_report.out.splitlines() == lines
    listed = json.loads(roundtrip("xfail", "audit", config, "--json").out)
    assert [fault["test"] for fault in listed["faults"]] == ["Ordered.d", "Ordered.e"]


def test_an_audit_without_fault_is_exit_code_0(roundtrip, marked):
    config = marked(TRUE)
    roundtrip("run", config)
    result = roundtrip("xfail", "audit", config)
    assert (result.returncode, result.err) == (0, "")
    assert result.out == "every mark tells the truth, as far as is known\n"


def test_a_mark_that_names_no_test_is_an_error_of_the_audit(roundtrip, marked):
    result = roundtrip("xfail", "audit", marked("{test: Ordered.z, property: p}"))
    assert result.returncode == 4
    assert "no run has a test 'Ordered.z'" in result.err


def test_a_mark_that_has_expired_is_a_problem(roundtrip, marked):
    config = marked(EXPIRED)
    fault = (
        "Ordered.c, xfail property 'p': has expired on 2020-02-29; fix the test, or give the "
        "mark another day"
    )
    result = roundtrip("check", config)
    assert (result.returncode, result.err) == (4, f"error: {fault}\n")
    assert fault in roundtrip("xfail", "audit", config).out
    result = roundtrip("run", config, "--filter=Ordered.c")
    assert result.returncode == 0
    assert result.err == (
        "warning: marks of expected failures have expired (1); 'roundtrip check' names them\n"
    )
    assert roundtrip("check", marked(TRUE.replace("}", ", expires: 2999-12-31}"))).returncode == 0
    result = roundtrip("check", marked(TRUE.replace("}", ", expires: soon}")))
    assert result.returncode == 4
    assert ":6:49: 'expires' must be a day such as 2027-01-31, not 'soon'" in result.err


def test_xfail_has_one_command(roundtrip):
    assert roundtrip("xfail").returncode == 4
    assert roundtrip("xfail", "adit", "c").returncode == 4


def run_shards(roundtrip, config, count):
    names = []
    for index in range(1, count + 1):
        names.append(f"{index}.json")
        roundtrip("run", config, f"--shard={index}/{count}", f"--json={names[-1]}")
    return names


def test_reports_of_shards_are_joined(roundtrip, ordered):
    names = run_shards(roundtrip, ordered, 3)
    result = roundtrip("merge", *names, "--json=all.json", "--junit=all.xml", "--tap=all.tap")
    assert result.returncode == 1
    assert result.err == ""
    assert result.out.splitlines()[-1] == "4 passed, 2 failed, 0 skipped"
    roundtrip("run", ordered, "--json=whole.json")
    merged, whole = roundtrip.report("all.json"), roundtrip.report("whole.json")
    assert merged["counts"] == whole["counts"]
    assert merged["planned"] == 6
    assert merged["shard"] == whole["shard"]
    assert sorted(test["id"] for test in merged["tests"]) == [test["id"] for test in whole["tests"]]
    assert merged["environment"]["libtorch"] == whole["environment"]["libtorch"]
    report = junitparser.JUnitXml.fromfile(str(roundtrip.folder / "all.xml"))
    assert (report.tests, report.failures) == (6, 2)
    assert (roundtrip.folder / "all.tap").read_text().startswith("TAP version 14\n1..6\n")


def test_missing_and_double_shards_are_refused(roundtrip, ordered):
    names = run_shards(roundtrip, ordered, 3)
    for given, code, message in [
        (names[:2], 3, "of 3 shards these are missing: 3; give the reports of all, or --partial"),
        ([*names, names[0]], 3, "shard 1 of 3 is given twice: 1.json and 1.json"),
        (["absent.json"], 4, "absent.json: cannot be opened; give the path of a JSON report"),
    ]:
        result = roundtrip("merge", *given)
        assert result.returncode == code
        assert result.err == f"error: {message}\n"
    (roundtrip.folder / "2.json").write_text("[]")
    assert "2.json: is no JSON report of 'roundtrip run'" in roundtrip("merge", *names).err
    assert roundtrip("merge").returncode == 4


def test_a_malformed_report_is_bad_usage_and_its_key_is_named(roundtrip):
    config = roundtrip.write_config(
        f"only_plugins: {PLUGINS}/everyday.so\ntransforms: {{plain: {{chain: []}}}}\n"
        "runs: [{suites: [Everyday], transforms: [plain]}]\n"
    )
    roundtrip("run", config, "--json", "good.json")
    good = roundtrip.report("good.json")

    def fault_of(**changes):
        (roundtrip.folder / "bad.json").write_text(json.dumps({**good, **changes}))
        result = roundtrip("merge", "bad.json")
        assert result.returncode == 4 and "bad.json: " in result.err
        return result.err

    tests = [{**good["tests"][0], "name": 7}]
    assert "(/tests/0/name) type must be string" in fault_of(tests=tests)
    assert "(/shard) key 'total' not found" in fault_of(shard={"index": 1})
    assert "/shard/total" in fault_of(shard={**good["shard"], "total": 10**18})
    (roundtrip.folder / "bad.json").write_text("{")
    assert roundtrip("merge", "bad.json").returncode == 4
    assert roundtrip("merge", "absent.json").returncode == 4


def test_shards_that_leave_tests_out_are_refused(roundtrip, ordered):
    run_shards(roundtrip, ordered, 2)
    roundtrip("run", ordered, "--shard=2/2", "--json=other.json", "--filter=*.[abcde]")
    result = roundtrip("merge", "1.json", "other.json")
    assert result.returncode == 3
    assert result.err.startswith("error: 1.json and other.json are parts of different sets of tests")


def test_shards_by_different_times_leave_tests_out(roundtrip, ordered):
    roundtrip("run", ordered, "--json=whole.json")
    report = roundtrip.report("whole.json")
    for index, long in [(1, "b"), (2, "bc")]:  # shard 1 is then b; shard 2 is c, d and f
        for test in report["tests"]:
            test["attempts"][0]["duration"] = 9 if test["name"] in long else 1
        (roundtrip.folder / "times.json").write_text(json.dumps(report))
        shard = (f"--shard={index}/2", f"--json={index}.json")
        roundtrip("run", ordered, *shard, "--shard-by=time", "--times=times.json")
    result = roundtrip("merge", "1.json", "2.json")
    assert result.returncode == 3
    assert result.err == (
        "error: of 6 tests 2 are in no shard; shards by time need the same times: give each the "
        "same --times\n"
    )


def test_without_isolation_the_tests_run_in_the_runners_process(roundtrip):
    config = roundtrip.write_config(
        f"""
only_plugins: [{PLUGINS}/everyday.so]
transforms: {{a: {{chain: [{{third: {{times: 3}}}}]}}}}
runs: [{{suites: [Telling, Everyday], transforms: [a], environment: {{EVERYDAY_WORD: hi}}, seed: 2}}]
"""
    )
    filters = ("--filter=*.test_setup", "--filter=*.test_values", "--filter=*.test_process")
    process = roundtrip.start("run", config, "--isolation=none", "--json=r.json", *filters)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (1, "")
    assert f"pid {process.pid} group" in out
    assert "3 0.5 quiet yes" in out
    tests = {test["name"]: test for test in roundtrip.report("r.json")["tests"]}
    assert tests["test_setup"]["message"] == "1 threads, seed 2, float32, word hi"
    assert tests["test_values"]["outcome"] == "passed"
    assert roundtrip("run", config, "--isolation=thread").returncode == 4


ENDS_PROCESS = ["test_exit", "test_exit_quickly", "test_quick_exit", "test_exec", "test_exec_words"]


@pytest.mark.parametrize("name", ENDS_PROCESS)
def test_without_isolation_a_test_that_ends_the_process_loses_no_report(
    roundtrip, misbehaving, name
):
    filters = ("--filter=*.test_a_neighbour_s", f"--filter=*.{name}_s", "--filter=*.test_z_neighbour_s")
    result = roundtrip(
        "run", misbehaving, "--isolation=none", "--json=r.json", "--junit=r.xml", *filters
    )
    assert result.returncode == 1
    assert f"{name}_s ended the process, in which all tests run without isolation" in result.err + result.out
    report = roundtrip.report("r.json")
    outcomes = {test["test"]: test["outcome"] for test in report["tests"]}
    assert outcomes == {"test_a_neighbour": "passed", name: "crashed"}
    assert (report["planned"], (roundtrip.folder / "r.xml").exists()) == (3, True)


def test_without_isolation_leaks_are_said_not_to_be_looked_for(roundtrip, ordered):
    result = roundtrip("run", ordered, "--isolation=none", "--set=leaks=fail", "--filter=*.[abd]")
    assert result.err == (
        "warning: without isolation nobody looks for processes that tests leave running; 'leaks: "
        "fail' says to, of 3 of 3 tests\n")  # fmt: skip


def test_without_isolation_what_runs_at_exit_changes_no_result(roundtrip, misbehaving):
    filters = ("--filter=*.test_at_exit_s", "--filter=*.test_throws_s")
    result = roundtrip("run", misbehaving, "--isolation=none", *filters)
    assert result.out.splitlines()[-1] == "1 passed, 1 failed, 0 skipped"
    assert result.returncode == 1


def test_without_isolation_a_run_bears_as_many_failures_as_it_is_told(roundtrip, ordered):
    assert roundtrip("run", ordered, "--isolation=none", "--fail-fast", "--json=r.json").returncode == 1
    report = roundtrip.report("r.json")
    assert (len(report["tests"]), report["gave_up"]) == (3, True)


def test_without_isolation_all_tests_must_be_at_home_in_one_process(roundtrip):
    config = roundtrip.write_config(
        f"""
only_plugins: [{PLUGINS}/everyday.so]
transforms: {{a: {{chain: []}}}}
runs:
  - {{name: one, suites: [Ordered], transforms: [a], environment: {{WORD: one}}}}
  - {{name: two, suites: [Ordered], transforms: [a], environment: {{WORD: two}}}}
"""
    )
    arguments = ("run", config, "--isolation=none", "--filter=*.a")
    result = roundtrip(*arguments)
    assert result.returncode == 4
    assert result.err.startswith(
        "error: --isolation none runs all tests in one process, but those of one and two have "
        "plugins or environments of their own; choose a run with --cell"
    )
    assert roundtrip(*arguments, "--cell=two").returncode == 0


def test_debug_starts_gdb_on_one_test(roundtrip, ordered):
    tools = roundtrip.folder / "tools"
    tools.mkdir()
    gdb = tools / "gdb"
    gdb.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    gdb.chmod(0o755)
    path = f"{tools}:{os.environ['PATH']}"
    result = roundtrip("debug", ordered, "Ordered.a", "--set=seed=3", PATH=path)
    words = result.out.splitlines()
    assert words == [
        "--args", os.path.realpath(roundtrip.executable), "run", str(ordered), "--set=seed=3",
        "--filter", "Ordered.a", "--isolation", "none"]  # fmt: skip
    assert roundtrip(*words[2:]).out.splitlines()[-1] == "1 passed, 0 failed, 0 skipped"
    result = roundtrip("debug", ordered, "Ordered.*", PATH=path)
    assert result.returncode == 4
    assert result.err == "error: 'Ordered.*' selects 6 tests; name one\n"
    assert roundtrip("debug", ordered, "nobody", PATH=path).returncode == 5
    assert roundtrip("debug", ordered, PATH=path).returncode == 4
    result = roundtrip("debug", ordered, "Ordered.a", PATH="/nowhere")
    assert (result.returncode, result.err) == (
        3, "error: gdb cannot be started: No such file or directory; install it\n")  # fmt: skip
