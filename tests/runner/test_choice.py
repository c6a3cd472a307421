"""Which tests are run, in which order, how often; and what is kept of a run for the next one."""

import hashlib
import json
import re
import shutil
import signal
import xml.etree.ElementTree as ElementTree

import pytest
from conftest import PLUGINS


def order_of(roundtrip, config, *arguments, **environment):
    """The names of the tests in the order in which one job runs them."""
    file = roundtrip.folder / "order"
    file.unlink(missing_ok=True)
    roundtrip.last = roundtrip("run", config, "--jobs=1", "--json=report.json", *arguments, **environment)
    return file.read_text() if file.exists() else ""


def flaky_config(roundtrip, extra=""):
    return roundtrip.write_config(
        f"""
only_plugins: [{PLUGINS}/everyday.so]
transforms: {{plain: {{chain: []}}}}
runs: [{{suites: [Telling, Ordered], transforms: [plain]}}]
{extra}
"""
    )


def test_a_test_that_passes_when_tried_again_is_flaky_and_no_failure(roundtrip):
    config = flaky_config(roundtrip, "overrides: [{filter: tag(unsteady), retries: 2}]")
    arguments = ("run", config, "--filter=*flaky", "--filter=Ordered.c", "--junit=r.xml", "--json=r.json")
    result = roundtrip(*arguments)
    assert result.returncode == 1  # for Ordered.c, which is not tried again
    assert re.search(r"RETRY +\d\.\d+ s  Telling.test_flaky  the first try", result.out)
    assert re.search(r"FLAKY +\d\.\d+ s  Telling.test_flaky", result.out)
    flaky, failed = roundtrip.report("r.json")["tests"]
    assert (flaky["outcome"], flaky["bad"]) == ("flaky", False)
    assert [attempt["outcome"] for attempt in flaky["attempts"]] == ["failed", "passed"]
    assert len(failed["attempts"]) == 1
    case = ElementTree.parse(roundtrip.folder / "r.xml").getroot().find(".//testcase[@name='test_flaky']")
    assert [child.tag for child in case] == ["properties", "flakyFailure"]
    assert case.find("flakyFailure/stackTrace").text == "the first try"


def test_a_test_that_fails_every_time_has_failed(roundtrip, ordered):
    roundtrip("run", ordered, "--filter=Ordered.c", "--set=retries=2", "--junit=r.xml")
    case = ElementTree.parse(roundtrip.folder / "r.xml").getroot().find(".//testcase")
    assert [child.tag for child in case] == ["properties", "failure", "rerunFailure", "rerunFailure"]
    assert (roundtrip.folder / "order").read_text() == "ccc"


def test_the_longest_go_first_once_times_are_known_and_reports_keep_the_order(roundtrip, ordered):
    assert order_of(roundtrip, ordered) == "abcdef"
    assert order_of(roundtrip, ordered)[0] == "b"
    assert [test["name"] for test in roundtrip.report()["tests"]] == list("abcdef")


def test_last_failed_and_failed_first(roundtrip, ordered):
    assert order_of(roundtrip, ordered, "--last-failed") == ""
    assert roundtrip.last.returncode == 5  # nothing is known to have failed
    assert roundtrip.last.err == "error: none of the tests failed the last time\n"
    order_of(roundtrip, ordered)
    assert sorted(order_of(roundtrip, ordered, "--last-failed")) == ["c", "e"]
    assert sorted(order_of(roundtrip, ordered, "--failed-first")[:2]) == ["c", "e"]
    assert sorted(order_of(roundtrip, ordered, "--filter=outcome(failed)")) == ["c", "e"]
    assert order_of(roundtrip, ordered, "--filter=outcome(passed) and not tag(slow)", "--shuffle=1")


def test_stepwise_stops_at_a_failure_and_goes_on_from_it(roundtrip, ordered):
    assert order_of(roundtrip, ordered, "--stepwise") == "abc"
    assert "Stepwise" not in roundtrip.last.out
    assert "Stopped: as many tests failed" in roundtrip.last.out
    assert order_of(roundtrip, ordered, "--stepwise") == "c"
    assert roundtrip.last.out.startswith("Stepwise: on from Ordered.c; 2 tests before it passed\n")
    # Tests of which nothing is known are not left out.
    assert order_of(roundtrip, ordered, "--stepwise", "--filter=Ordered.[ade]") == "ade"
    # Those after the failure may have passed before it.
    assert order_of(roundtrip, ordered) and order_of(roundtrip, ordered, "--stepwise") == "c"


def test_stepwise_begins_anew_when_nothing_fails_any_more(roundtrip):
    config = flaky_config(roundtrip)
    command = ("--stepwise", "--filter=Telling.test_flaky", "--filter=Ordered.[abdf]")
    assert order_of(roundtrip, config, *command) == ""
    assert order_of(roundtrip, config, *command) == "abdf"
    assert roundtrip.last.returncode == 0
    assert len(roundtrip.report()["tests"]) == 5
    assert order_of(roundtrip, config, *command) == "abdf"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--stepwise", "--shuffle"),
         "--stepwise decides itself which tests run and in which order: leave out --shuffle"),
        (("--stepwise", "--isolation=none"),
         "--stepwise needs a process for each test: leave out --isolation none"),
        (("--watch", "--stepwise"),
         "--watch runs tests again when they have changed: leave out --stepwise"),
        (("--watch", "--stress=5"),
         "--watch runs tests again when they have changed: leave out --stress"),
    ],
)  # fmt: skip
def test_options_that_contradict_each_other_are_refused(roundtrip, ordered, arguments, message):
    result = roundtrip("run", ordered, *arguments)
    assert (result.returncode, result.err) == (4, f"error: {message}\n")


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--durations=-1", "--durations takes 0 or more, not -1"),
        ("--max-failures=-1", "--max-failures takes 1 or more, not -1"),
    ],
)
def test_numbers_below_zero_are_refused(roundtrip, ordered, argument, message):
    result = roundtrip("run", ordered, argument)
    assert (result.returncode, result.err) == (4, f"error: {message}\n")


def test_a_shuffled_order_is_repeated_by_its_seed(roundtrip, ordered):
    first = order_of(roundtrip, ordered, "--shuffle")
    (seed,) = re.findall(r"^Shuffled: --shuffle=(\d+) repeats this order$", roundtrip.last.out, re.M)
    assert roundtrip.report()["environment"]["shuffle_seed"] == seed
    assert order_of(roundtrip, ordered, f"--shuffle={seed}") == first
    orders = {order_of(roundtrip, ordered, f"--shuffle={seed}") for seed in range(1, 6)}
    assert len(orders) > 1
    assert all(sorted(order) == list("abcdef") for order in orders)


def test_repeat_runs_every_test_as_often(roundtrip, ordered):
    assert order_of(roundtrip, ordered, "--repeat=3", "--filter=*.[abd]") == "abdabdabd"
    ids = [test["id"] for test in roundtrip.report()["tests"]]
    assert ids[:4] == ["Ordered.a", "Ordered.b", "Ordered.d", "Ordered.a #2"]


def test_a_test_that_failed_in_one_repetition_has_failed_last(roundtrip):
    config = flaky_config(roundtrip)
    result = roundtrip("run", config, "--repeat=2", "--jobs=1", "--filter=*.test_flaky")
    assert result.out.splitlines()[-1] == "1 passed, 1 failed, 0 skipped"
    result = roundtrip("run", config, "--last-failed")
    assert result.out.splitlines()[-1] == "1 passed, 0 failed, 0 skipped"


@pytest.mark.parametrize(
    ("option", "order"), [("--fail-fast", "abc"), ("--max-failures=2", "abcde"), ("--max-failures=3", "abcdef")]
)
def test_a_run_bears_as_many_failures_as_it_is_told(roundtrip, ordered, option, order):
    assert order_of(roundtrip, ordered, option) == order
    report = roundtrip.report()
    assert roundtrip.last.returncode == 1
    assert (report["planned"], len(report["tests"])) == (6, len(order))
    assert report["gave_up"] == (len(order) < 6)
    assert ("Stopped: as many tests failed" in roundtrip.last.out) == (len(order) < 6)


def test_a_stress_run_runs_every_test_until_it_fails_or_time_is_up(roundtrip):
    config = flaky_config(roundtrip)
    arguments = ("--stress=1.5", "--json=r.json", "--junit=r.xml", "--filter=*.test_wears_out", "--filter=*.[abc]")
    result = roundtrip("run", config, *arguments)
    assert result.returncode == 1
    report = roundtrip.report("r.json")
    tests = {test["name"]: test for test in report["tests"]}
    assert {name: test["outcome"] for name, test in tests.items()} == {
        "test_wears_out": "failed", "a": "passed", "b": "passed", "c": "failed"}  # fmt: skip
    assert tests["test_wears_out"]["runs"] == 3
    assert tests["c"]["runs"] == 1
    assert tests["a"]["runs"] > 1
    assert len(re.findall("a", (roundtrip.folder / "order").read_text())) == tests["a"]["runs"]
    assert report["duration"] >= 1.5
    assert result.out.startswith("Running 4 tests again and again for 1.5 s, ")
    assert re.search(r"FAIL +\d\.\d+ s  Telling.test_wears_out  in run 3: worn out", result.out)
    assert re.search(rf"PASS +\d\.\d+ s  Ordered.a  {tests['a']['runs']} runs", result.out)
    assert f"Ran 4 of 4 tests {sum(test['runs'] for test in tests.values())} times in " in result.out
    assert len(ElementTree.parse(roundtrip.folder / "r.xml").getroot().findall(".//testcase")) == 4


def test_an_interrupted_stress_run_keeps_what_it_has(roundtrip, ordered):
    process = roundtrip.start("run", ordered, "--stress=1000", "--jobs=1", "--filter=Ordered.[af]", "--json=r.json")
    process.stdout.readline()
    while not (roundtrip.folder / "order").exists() or len((roundtrip.folder / "order").read_text()) < 9:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "\nInterrupted\n2 passed, 0 failed, 0 skipped\n" in out
    assert sum(test["runs"] for test in roundtrip.report("r.json")["tests"]) >= 8


def test_stress_asks_for_what_makes_sense(roundtrip, ordered):
    for arguments, message in [
        (["--stress=-1"], "--stress takes a number of seconds, not -1"),
        (["--stress=nan"], "--stress takes a number of seconds, not nan"),
        (["--stress=1", "--repeat=2"], "--stress repeats the tests already: leave out --repeat"),
        (["--stress=1", "--isolation=none"],
         "--stress needs a process for each test: leave out --isolation none"),
    ]:  # fmt: skip
        result = roundtrip("run", ordered, *arguments)
        assert (result.returncode, result.err.splitlines()[0]) == (4, f"error: {message}")


SHARDS = {
    "option": lambda i: (["--shard", f"{i + 1}/2"], {}),
    "bazel": lambda i: ([], {"TEST_SHARD_INDEX": str(i), "TEST_TOTAL_SHARDS": "2"}),
    "googletest": lambda i: ([], {"GTEST_SHARD_INDEX": str(i), "GTEST_TOTAL_SHARDS": "2"}),
    "gitlab": lambda i: ([], {"CI_NODE_INDEX": str(i + 1), "CI_NODE_TOTAL": "2"}),
    "slurm": lambda i: ([], {"SLURM_ARRAY_TASK_ID": str(4 + 3 * i), "SLURM_ARRAY_TASK_MIN": "4",
                             "SLURM_ARRAY_TASK_MAX": "7", "SLURM_ARRAY_TASK_STEP": "3",
                             "SLURM_ARRAY_TASK_COUNT": "2"}),
    "kubernetes": lambda i: ([], {"JOB_COMPLETION_INDEX": str(i), "ROUNDTRIP_TOTAL_SHARDS": "2"}),
}  # fmt: skip


@pytest.mark.parametrize("system", SHARDS)
def test_every_test_is_in_one_shard(roundtrip, ordered, system):
    parts = []
    for index in range(2):
        arguments, environment = SHARDS[system](index)
        parts.append(order_of(roundtrip, ordered, *arguments, **environment))
        shard = roundtrip.report()["shard"]
        assert (shard["index"], shard["total"], shard["of_tests"]) == (index + 1, 2, 6)
    assert all(parts)
    assert sorted("".join(parts)) == list("abcdef")


def test_shards_by_time_take_the_same_time(roundtrip, ordered):
    order_of(roundtrip, ordered)
    times = roundtrip.folder / "times"  # as a CI restores them for every shard
    shutil.copytree(roundtrip.folder / "cache", times)
    parts = []
    for shard in ("1/2", "2/2"):
        shutil.copytree(times, roundtrip.folder / shard)
        parts.append(
            order_of(roundtrip, ordered, f"--shard={shard}", "--shard-by=time",
                     XDG_CACHE_HOME=str(roundtrip.folder / shard)))  # fmt: skip
    assert "b" in parts  # it takes longer than all others
    assert sorted("".join(parts)) == list("abcdef")


def test_shards_by_time_may_be_made_by_a_report(roundtrip, ordered):
    order_of(roundtrip, ordered)
    (roundtrip.folder / "report.json").rename(roundtrip.folder / "times.json")
    parts = [
        order_of(roundtrip, ordered, f"--shard={shard}", "--shard-by=time", "--times=times.json",
                 XDG_CACHE_HOME=str(roundtrip.folder / shard))
        for shard in ("1/2", "2/2")
    ]  # fmt: skip
    assert "b" in parts
    assert sorted("".join(parts)) == list("abcdef")
    order_of(roundtrip, ordered, "--shard=1/2", "--shard-by=time", "--times=absent.json")
    assert roundtrip.last.returncode == 4
    assert "absent.json: cannot be opened" in roundtrip.last.err


def test_times_are_for_shards_by_time(roundtrip, ordered):
    result = roundtrip("run", ordered, "--shard=1/2", "--times=times.json")
    assert (result.returncode, result.err) == (4, "error: --times goes with --shard-by time\n")


def test_a_filter_that_selects_nothing_is_no_empty_shard(roundtrip, ordered):
    assert roundtrip("run", ordered, "--filter=nobody", "--shard=1/2").returncode == 5


def test_a_slurm_array_of_irregular_numbers_is_refused(roundtrip, ordered):
    variables = {"ID": "9", "MIN": "4", "MAX": "9", "STEP": "1", "COUNT": "3"}
    environment = {f"SLURM_ARRAY_TASK_{name}": value for name, value in variables.items()}
    result = roundtrip("run", ordered, **environment)
    assert result.returncode == 4
    assert "this Slurm array have no regular numbers" in result.err


def test_an_empty_shard_is_a_warning_and_has_its_reports(roundtrip, ordered):
    codes = []
    for index in (1, 2):
        result = roundtrip("run", ordered, "--filter=*.a", f"--shard={index}/2", "--junit=r.xml")
        cases = ElementTree.parse(roundtrip.folder / "r.xml").getroot().findall(".//testcase")
        codes.append((result.returncode, len(cases), result.err))
    assert sorted(codes) == [(0, 0, "warning: this shard has no test\n"), (0, 1, "")]


def test_what_bazel_says_is_heard(roundtrip, ordered):
    folder = roundtrip.folder / "bazel"
    folder.mkdir()
    result = roundtrip(
        "run", ordered, TEST_SHARD_INDEX="0", TEST_TOTAL_SHARDS="1", XML_OUTPUT_FILE="bazel.xml",
        TEST_SHARD_STATUS_FILE="status", TESTBRIDGE_TEST_ONLY="*.[ab]", TEST_TMPDIR=str(folder))  # fmt: skip
    assert result.returncode == 0
    assert (roundtrip.folder / "status").exists()
    cases = ElementTree.parse(roundtrip.folder / "bazel.xml").getroot().findall(".//testcase")
    assert [case.get("name") for case in cases] == ["a", "b"]
    assert len(list(folder.rglob("history.sqlite"))) == 1


def test_a_slow_test_is_said_while_it_runs(roundtrip, ordered):
    result = roundtrip("run", ordered, "--filter=*.[ab]", "--set=slow=0.05", "--json=r.json")
    assert result.returncode == 0
    assert re.search(r"SLOW +\d\.\d+ s  Ordered.b", result.out)
    assert {test["name"]: test["slow"] for test in roundtrip.report("r.json")["tests"]}["b"]


def test_quiet_and_verbose(roundtrip, everyday):
    quiet = roundtrip("run", everyday, "--quiet", "--filter=*_passes_*").out
    assert quiet.startswith("\nRan 2 of 2 tests in ")
    verbose = roundtrip("run", everyday, "--verbose", "--filter=*prints_strict", "--jobs=1").out
    assert "    to cout\n    to stderr\n" in verbose


def test_github_sees_annotations_beside_the_lines(roundtrip, everyday):
    result = roundtrip("run", everyday, "--filter=*.test_fails_strict", GITHUB_ACTIONS="true")
    assert (
        "::error file=everyday.cpp,line=12,title=SerDesExportEveryday.test_fails_strict failed::"
        "suite.cpp:7: CHECK( 1 == 2 )\n"
    ) in result.out
    assert result.out.splitlines()[-1] == "0 passed, 1 failed, 0 skipped"


def test_tap_has_a_line_for_every_test(roundtrip, everyday):
    roundtrip("run", everyday, "--tap=report.tap", "--filter=suite(SerDesExportEveryday)")
    lines = (roundtrip.folder / "report.tap").read_text().splitlines()
    assert lines[:2] == ["TAP version 14", "1..12"]
    points = [line for line in lines if re.match(r"(not )?ok ", line)]
    assert [int(re.search(r"ok (\d+) - ", line)[1]) for line in points] == list(range(1, 13))
    assert "ok 4 - SerDesExportEveryday.test_skips_strict # SKIP needs a GPU" in points
    assert "not ok 5 - SerDesExportEveryday.test_xfails_strict # TODO serdes" in points
    assert "not ok 6 - SerDesExportEveryday.test_xpasses_strict" in points


def test_a_report_says_what_its_results_depend_on(roundtrip, ordered):
    roundtrip("run", ordered, "--json=r.json", "--filter=Ordered.a and all()")
    environment = roundtrip.report("r.json")["environment"]
    assert environment["command"].endswith(f"run {ordered} --json=r.json '--filter=Ordered.a and all()'")
    assert environment["libtorch"].startswith("2.")
    assert environment["compiler"].startswith("GCC ")
    assert environment["cores"] >= 1
    assert environment["plugins"] == [
        {"name": "everyday", "version": "1.2", "path": str(PLUGINS / "everyday.so"),
         "sha256": hashlib.sha256((PLUGINS / "everyday.so").read_bytes()).hexdigest()}]  # fmt: skip
    for key in ("roundtrip", "system", "cpu", "host"):
        assert environment[key]


def test_two_runs_of_one_configuration_do_not_spoil_the_journal(roundtrip, misbehaving):
    process = roundtrip.start("run", misbehaving, "--filter=*.test_hang", "--set=timeout=60")
    process.stdout.readline()
    result = roundtrip("run", misbehaving, "--filter=*_neighbour_*")
    assert result.returncode == 0
    assert "another run of this configuration is writing it; this run cannot be resumed" in result.err
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_a_test_of_many_threads_takes_as_many_places(roundtrip):
    config = flaky_config(roundtrip)
    result = roundtrip("run", config, "--jobs=2", "--filter=*.test_threads", "--json=r.json")
    assert "2 at a time" in result.out
    (record,) = roundtrip.report("r.json")["tests"]  # runs, though it needs three places
    assert record["message"].startswith("3 threads, ")


def test_json_of_a_filter_is_what_list_prints(roundtrip, ordered):
    listed = json.loads(roundtrip("list", ordered, "--json", "--filter", "tag(slow)").out)
    assert [(test["id"], test["tags"]) for test in listed] == [("Ordered.b", ["slow"])]
