"""Tests that crash, hang, flood and kill: each is reported as what it was."""

import json
import os
import pathlib
import re
import shutil
import signal
import time
import xml.etree.ElementTree as ElementTree

import pytest
from conftest import PLUGINS, history_rows


def run_one(roundtrip, config, name, *arguments):
    """The record of the one test of this name."""
    code, tests = roundtrip.run_json(config, "--filter", f"Misbehaving.{name}_s", *arguments)
    (record,) = tests.values()
    assert code == (0 if record["outcome"] == "passed" else 1)
    return record


@pytest.mark.parametrize(
    ("name", "outcome", "message"),
    [
        ("test_segfault", "crashed",
         "the test's process was killed by SIGSEGV (Segmentation fault) before the test was over"),
        ("test_abort", "crashed",
         "the test's process was killed by SIGABRT (Aborted) before the test was over"),
        ("test_bus_error_in_thread", "crashed",
         "the test's process was killed by SIGBUS (Bus error) before the test was over"),
        ("test_stack_overflow", "crashed",
         "the test's process was killed by SIGSEGV (Segmentation fault) before the test was over"),
        ("test_exec", "crashed",
         "the test's process exited with code 0 before the test was over"),
        ("test_exec_words", "crashed",
         "the test's process exited with code 0 before the test was over"),
        ("test_exit", "crashed",
         "the test's process exited with code 0 before the test was over"),
        ("test_exit_quickly", "crashed",
         "the test's process exited with code 3 before the test was over"),
        ("test_quick_exit", "crashed",
         "the test's process exited with code 0 before the test was over"),
        ("test_forge", "crashed",
         "the test's process was killed by SIGABRT (Aborted) before the test was over"),
        ("test_forge_and_exit", "crashed",
         "the test's process exited with code 0 before the test was over"),
        ("test_fork_and_exit", "crashed",
         "the test's process exited with code 0 before the test was over"),
        ("test_fork_and_fail", "failed", "from the test"),
        ("test_oom_killed", "crashed",
         "the test's process was killed by SIGKILL (Killed) before the test was over"),
        ("test_throws", "error", "an exception left the suite: left the suite"),
        ("test_kill_worker", "crashed",
         "the worker process was killed by SIGKILL (Killed) while only this test ran in it"),
    ],
)  # fmt: skip
def test_each_is_reported_as_what_it_was(roundtrip, misbehaving, name, outcome, message):
    record = run_one(roundtrip, misbehaving, name)
    assert (record["outcome"], record["message"]) == (outcome, message)


def test_a_child_that_comes_back_from_the_test_is_told_off(roundtrip, misbehaving):
    output = run_one(roundtrip, misbehaving, "test_fork_and_fail")["output"]
    assert "a process that the test forked came to the end of the test" in output


def test_a_crash_is_never_an_expected_failure(roundtrip, misbehaving):
    record = run_one(roundtrip, misbehaving, "test_segfault_expected")
    assert record["xfail"]["property"] == "serdes"
    assert record["outcome"] == "crashed"


def test_output_before_a_crash_is_kept(roundtrip, misbehaving):
    assert run_one(roundtrip, misbehaving, "test_segfault")["output"] == "last words\n"


def test_a_test_that_ignores_sigterm_times_out(roundtrip, misbehaving):
    record = run_one(roundtrip, misbehaving, "test_hang")
    assert record["outcome"] == "timed_out"
    assert record["message"] == "did not finish within 1 s"
    assert record["output"] == "still here\n"
    assert record["duration"] >= 3  # one second, and two of grace


def test_a_stopped_test_times_out_and_says_what_stopped_it(roundtrip, misbehaving):
    record = run_one(roundtrip, misbehaving, "test_stop_itself", "--set=timeout=0.3")
    assert record["outcome"] == "timed_out"
    assert record["message"] == (
        "did not finish within 0.3 s: its process was stopped by SIGTTOU (Stopped (tty output)), "
        "for it used the terminal, which is the runner's"
    )
    assert run_one(roundtrip, misbehaving, "test_stop_and_go_on")["outcome"] == "passed"


def test_grace_is_what_the_configuration_says(roundtrip, misbehaving):
    record = run_one(roundtrip, misbehaving, "test_hang", "--set=grace=0.2", "--set=timeout=0.3")
    assert 0.5 <= record["duration"] < 3


@pytest.mark.parametrize(("teardown", "outcome"), [("false", "passed"), ("true", "crashed")])
def test_a_crash_in_a_static_destructor_is_seen_where_destructors_run(
    roundtrip, misbehaving, teardown, outcome
):
    record = run_one(roundtrip, misbehaving, "test_pass_then_crash", f"--set=teardown={teardown}")
    assert record["outcome"] == outcome
    if teardown == "true":
        assert record["message"] == (
            "the test's process was killed by SIGSEGV (Segmentation fault) after the test was over"
        )


SOURCE = pathlib.Path(__file__).parent / "plugins" / "misbehaving.cpp"


def place_in_source(text):
    """FILE:LINE of the only line of the plugin's source in which that stands."""
    (line,) = [i for i, line in enumerate(SOURCE.read_text().splitlines(), 1) if text in line]
    return f"{SOURCE}:{line}"


@pytest.mark.parametrize(
    ("name", "function", "code"),
    [("test_stack_overflow", "recurse", "return recurse(depth + 1)"),
     ("test_segfault", "segfault", "::raise(SIGSEGV);  // here"),
     ("test_bus_error_in_thread", "operator()", "::raise(SIGBUS)")],
)  # fmt: skip
def test_a_crash_says_where_it_was(roundtrip, misbehaving, name, function, code):
    record = run_one(roundtrip, misbehaving, name, "--junit", "report.xml")
    (attempt,) = record["attempts"]
    frames = re.sub(r" \(\d+ times\)$", "", attempt["backtrace"], flags=re.M).splitlines()
    assert [frame for frame in frames if function in frame and frame.endswith(place_in_source(code))]
    functions = [re.split(" at | in ", frame)[0] for frame in frames]
    outside = re.compile("handle_crash|run_test|Worker|^main$|start|clone|^__invoke|_M_run")
    assert not [name for name in functions if outside.search(name)]
    root = ElementTree.parse(roundtrip.folder / "report.xml").getroot()
    assert frames[0] in root.find(".//error").text


def test_a_timeout_says_where_each_thread_was(roundtrip, misbehaving):
    record = run_one(roundtrip, misbehaving, "test_hang_in_threads", "--set=timeout=0.5")
    assert record["outcome"] == "timed_out"
    stacks = re.split(r"^(?=threads? )", record["attempts"][0]["backtrace"], flags=re.M)[1:]
    (main,) = [stack for stack in stacks if "hang_in_threads" in stack]
    assert main.startswith("thread main (")
    (waiting,) = [stack for stack in stacks if "wait_in_thread" in stack]
    assert re.match(r"threads roundtrip \(\d+\), roundtrip \(\d+\), roundtrip \(\d+\):\n", waiting)
    (deaf,) = [stack for stack in stacks if "does not answer" in stack]
    assert re.match(r"thread a thread that does not answer \(\d+\):\n?$", deaf)


@pytest.mark.skipif(
    os.environ["ROUNDTRIP_BUILD_TYPE"] == "Asan",
    reason="under AddressSanitizer its allocator ends the process where `new` would throw",
)
def test_a_memory_limit_is_kept_and_named(roundtrip, misbehaving):
    record = run_one(roundtrip, misbehaving, "test_eat_memory", "--set=memory=64 MiB")
    assert record["outcome"] == "error"
    assert record["message"] == (
        "an exception left the suite: std::bad_alloc\n(its memory is limited to 67108864 bytes)"
    )
    record = run_one(roundtrip, misbehaving, "test_eat_memory", "--set=timeout=30")
    assert record["outcome"] == "passed"


def test_a_transformation_that_cannot_be_made_is_an_error_of_its_tests(roundtrip):
    config = roundtrip.write_config(
        f"""
only_plugins: [{PLUGINS}/misbehaving.so]
transforms: {{a: {{chain: [refuses]}}}}
runs: [{{suites: [Misbehaving], transforms: [a]}}]
"""
    )
    _, tests = roundtrip.run_json(config, "--filter", "*z_neighbour")
    assert tests["test_z_neighbour"]["outcome"] == "error"
    assert "no licence for this" in tests["test_z_neighbour"]["message"]


def test_the_kept_output_is_what_the_configuration_says(roundtrip, misbehaving):
    output = run_one(roundtrip, misbehaving, "test_flood", "--set=output=1 KiB")["output"]
    assert output.startswith("first line\n") and output.endswith("last line\n")
    assert len(output) < 1200


def test_a_flood_keeps_its_head_and_tail(roundtrip, misbehaving):
    output = run_one(roundtrip, misbehaving, "test_flood")["output"]
    assert output.startswith("first line\n")
    assert output.endswith("last line\n")
    assert "bytes of output left out ...]" in output
    assert len(output) < 200_000


def test_a_huge_message_is_cut(roundtrip, misbehaving):
    record = run_one(roundtrip, misbehaving, "test_long_message")
    assert record["outcome"] == "failed"
    assert record["message"].endswith("[... the rest of the message is left out ...]")


def test_bytes_that_are_no_text_reach_the_reports_as_text(roundtrip, misbehaving):
    record = run_one(roundtrip, misbehaving, "test_garbage", "--junit", "report.xml")
    expected = "caf\u00e9 \ufffd\ufffd \x01\x1b[31m ]]> <&> \uffff\r\n"
    assert record["output"] == record["message"] == expected
    root = ElementTree.parse(roundtrip.folder / "report.xml").getroot()
    assert root.find(".//system-out").text == "caf\u00e9 \ufffd\ufffd  ]]> <&> \n"


@pytest.mark.parametrize("name", ["test_grandchild", "test_daemon"])
def test_nobody_waits_for_a_process_that_holds_the_pipe(roundtrip, misbehaving, name):
    # Waiting for it would end in a timeout.
    assert run_one(roundtrip, misbehaving, name)["outcome"] == "passed"


def state_of(pid):
    """The letter by which /proc tells what a process does; Z when it is gone."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return "Z"


def is_alive(pid):
    return state_of(pid) != "Z"


def children(pid):
    return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def soon(condition):
    """What the condition returns once it is true; a loaded machine takes its time."""
    deadline = time.monotonic() + 20
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def test_what_a_test_leaves_behind_is_ended_with_it(roundtrip, misbehaving):
    assert run_one(roundtrip, misbehaving, "test_helper")["outcome"] == "passed"
    helper = int((roundtrip.folder / "helper").read_text())
    assert soon(lambda: not is_alive(helper))


@pytest.mark.parametrize(
    ("name", "jobs"), [("test_kill_worker", "1"), ("test_kill_worker", "4"), ("test_stop_worker", "1")]
)
def test_a_test_that_takes_its_worker_with_it_loses_only_itself(
    roundtrip, misbehaving, name, jobs
):
    filters = ["--filter", "*neighbour*", "--filter", f"*.{name}_s", "--filter", "*exit_quickly*"]
    code, tests = roundtrip.run_json(misbehaving, "--jobs", jobs, "--set=grace=0.3", *filters)
    assert code == 1
    assert tests.pop(f"{name}_s")["outcome"] == "crashed"
    assert {name: record["outcome"] for name, record in tests.items()} == {
        "test_a_neighbour_s": "passed",
        "test_exit_quickly_s": "crashed",
        "test_z_neighbour_s": "passed",
    }


def test_a_worker_that_cannot_be_replaced_ends_the_run_with_its_reports(roundtrip):
    library = roundtrip.folder / "copy.so"
    shutil.copy(PLUGINS / "misbehaving.so", library)
    config = roundtrip.write_config(
        f"""
only_plugins: [copy.so]
transforms: {{a: {{chain: []}}}}
suites: {{Misbehaving: {{library: '{library}'}}}}
runs: [{{suites: [Misbehaving], transforms: [a]}}]
"""
    )
    filters = ["--filter=*.test_abort", "--filter=*for_good", "--filter=*z_neighbour"]
    result = roundtrip("run", config, "--jobs=1", "--json=report.json", *filters)
    assert result.returncode == 3
    assert "Ran 2 of 3 tests" in result.out
    assert result.out.splitlines()[-1] == "0 passed, 2 failed, 0 skipped"
    fault = f"{library}: does not exist; build the plugin, or correct the path given for it"
    assert result.err == f"error: {fault}\n"
    report = json.loads((roundtrip.folder / "report.json").read_text())
    assert report["fault"] == fault
    assert [test["name"] for test in report["tests"]] == ["test_abort", "test_kill_worker_for_good"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_still_reports(roundtrip, misbehaving, number):
    filters = ["--filter", "*.test_abort", "--filter", "*.test_hang", "--filter", "*.test_z*"]
    process = roundtrip.start(
        "run", misbehaving, "--jobs=1", "--set=grace=1", "--junit=report.xml", *filters)  # fmt: skip
    assert process.stdout.readline().startswith("Running 3 tests")
    assert "test_abort" in process.stdout.readline()
    time.sleep(0.3)
    process.send_signal(number)
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "Ran 1 of 3 tests" in out
    assert "Interrupted: waiting for 1 test, which may take 1 s to end" in out
    assert "Interrupted: 2 tests were not run; to go on: " in out
    assert " --filter '*.test_z*' --resume\n" in out
    assert out.splitlines()[-1] == "0 passed, 1 failed, 0 skipped"
    root = ElementTree.parse(roundtrip.folder / "report.xml").getroot()
    cases = {case.get("name"): [child.get("type") for child in case] for case in root.iter("testcase")}
    assert cases == {
        "test_abort_s": [None, "crashed"],
        "test_hang_s": [None, "not_run"],
        "test_z_neighbour_s": [None, "not_run"],
    }


def test_a_second_interrupt_ends_the_run_at_once(roundtrip, misbehaving):
    process = roundtrip.start("run", misbehaving, "--filter", "*.test_outlive")
    process.stdout.readline()
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 2
    assert not (roundtrip.folder / "outlived").exists()


def test_a_second_interrupt_waits_for_no_worker_that_does_not_answer(roundtrip, misbehaving):
    long = ("--set=timeout=500", "--set=grace=500")
    process = roundtrip.start("run", misbehaving, "--filter", "*.test_stop_worker", *long)
    process.stdout.readline()
    assert soon(lambda: [pid for pid in children(process.pid) if state_of(pid) == "T"])
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline().startswith("Interrupted: waiting for 1 test")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 2


def test_a_killed_runner_takes_worker_and_tests_with_it(roundtrip, misbehaving):
    process = roundtrip.start("run", misbehaving, "--filter", "*.test_hang")
    process.stdout.readline()
    (worker,) = soon(lambda: children(process.pid))
    (test,) = soon(lambda: children(worker))
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert soon(lambda: not is_alive(worker))
    assert soon(lambda: not is_alive(test))


def test_time_while_the_runner_is_stopped_does_not_count(roundtrip, misbehaving):
    process = roundtrip.start(
        "run", misbehaving, "--json=report.json", "--filter=*.test_work_a_while")  # fmt: skip
    process.stdout.readline()
    (worker,) = soon(lambda: children(process.pid))
    (test,) = soon(lambda: children(worker))
    process.send_signal(signal.SIGTSTP)
    assert soon(lambda: state_of(process.pid) == "T")
    assert soon(lambda: state_of(test) == "T")
    time.sleep(1.5)  # the timeout is one second
    process.send_signal(signal.SIGCONT)
    process.communicate(timeout=20)
    assert process.returncode == 0
    (record,) = roundtrip.report()["tests"]
    assert record["outcome"] == "passed"
    assert record["duration"] < 1.5


def test_writing_to_a_terminal_of_another_job_does_not_stop_the_run(roundtrip, misbehaving):
    process = roundtrip.start("run", misbehaving, "--filter=*.test_work_a_while")
    process.stdout.readline()
    process.send_signal(signal.SIGTTOU)
    process.communicate(timeout=20)
    assert process.returncode == 0


def test_a_damaged_history_is_said_and_begun_anew(roundtrip, misbehaving):
    arguments = ("run", misbehaving, "--filter=*_neighbour_*")
    assert roundtrip(*arguments).returncode == 0
    (history,) = (roundtrip.folder / "cache").rglob("history.sqlite")
    history.write_bytes(history.read_bytes()[:50] + b"x" * 20_000)
    result = roundtrip(*arguments)
    assert result.returncode == 0
    assert result.err == (
        f"warning: {history} is damaged; this run knows nothing of earlier ones\n"
        f"warning: {history} is damaged: it is moved to history.damaged.sqlite, and the history "
        "starts over\n"
    )
    assert roundtrip(*arguments).err == ""
    assert history_rows(roundtrip, "SELECT count(*) FROM run") == [(2,)]


def test_a_history_that_another_version_wrote_is_left_alone(roundtrip, misbehaving):
    arguments = ("run", misbehaving, "--filter=*_neighbour_*")
    roundtrip(*arguments)
    history_rows(roundtrip, "PRAGMA user_version = 2")
    result = roundtrip(*arguments)
    assert result.returncode == 0
    known, kept = result.err.splitlines()
    assert "was written by a later roundtrip (its tables are version 2, this one knows 1)" in known
    assert kept.endswith("use that one, or move the file away; the history lacks this run")
    assert history_rows(roundtrip, "SELECT count(*) FROM run") == [(1,)]


def test_the_history_of_an_earlier_version_is_named_once(roundtrip, misbehaving):
    arguments = ("run", misbehaving, "--filter=*_neighbour_*")
    roundtrip(*arguments)
    (history,) = (roundtrip.folder / "cache").rglob("history.sqlite")
    history.unlink()
    old = history.with_suffix(".json")
    old.write_text("{}")
    assert roundtrip(*arguments).err == (
        f"warning: {old} is of an earlier version and is not read; the history starts over\n"
    )
    assert roundtrip(*arguments).err == ""


def test_runs_at_the_same_time_lose_nothing_of_the_history(roundtrip, ordered):
    runs = [roundtrip.start("run", ordered, f"--filter=*.[{c}f]", "--isolation=process") for c in "abcde" * 2]
    for run in runs:
        _, err = run.communicate(timeout=60)
        assert run.returncode in (0, 1)
        assert "history" not in err.replace("this run cannot be resumed", "")
    assert history_rows(roundtrip, "SELECT count(*), sum(results) FROM run") == [(10, 20)]
    assert history_rows(roundtrip, "SELECT name FROM test WHERE bad ORDER BY name") == [("Ordered.c",), ("Ordered.e",)]


def test_without_a_place_for_history_the_run_goes_on(roundtrip, misbehaving):
    result = roundtrip("run", misbehaving, "--filter=*_neighbour_*", XDG_CACHE_HOME="/dev/null")
    assert result.returncode == 0
    assert "this run cannot be resumed" in result.err
    assert result.out.splitlines()[-1] == "2 passed, 0 failed, 0 skipped"
