"""What a run looks like in terminals of several sizes."""

import re
import signal

import pytest
from conftest import PLUGINS
from screen import Screen


def wait_for_test(screen, name):
    """Until the only test has run long enough to have said what it does with signals."""
    screen.wait_until(lambda screen: re.search(rf" (0\.[5-9]|[1-9]\d*\.\d) s +{name}", screen.text()))


def test_the_first_interrupt_says_what_it_waits_for_the_second_ends_that(roundtrip, misbehaving):
    filters = ("--filter=*.test_outlive_s", "--filter=*.test_z*", "--jobs=1", "--set=timeout=50")
    screen = Screen(roundtrip, "run", misbehaving, *filters, "--set=grace=40", columns=120)
    wait_for_test(screen, "Misbehaving.test_outlive_s")
    screen.interrupt()
    screen.wait_for(
        "Interrupted: waiting for 1 test, which may take 40 s to end; Ctrl-C again ends it now"
    )
    assert "What has ended is kept: --resume goes on with the others" in screen.everything()
    screen.interrupt()
    assert screen.end() == 2
    assert not (roundtrip.folder / "outlived").exists()
    resume = f"run {misbehaving} {' '.join(map(repr, filters[:2]))} --jobs=1 --set=timeout=50 --set=grace=40 --resume"
    assert f"Interrupted: 2 tests were not run; to go on: {screen.process.args[0]} {resume}" in (
        screen.everything().replace("\n", "")
    )


def live(screen):
    """The lines of the live area; none when it is not there."""
    lines = screen.text().rstrip().split("\n")
    starts = [i for i, line in enumerate(lines) if re.match(r"\[\d+/\d+", line)]
    return lines[starts[-1] :] if starts and not lines[starts[-1]].count(" s  ") else []


def test_a_terminal_shows_what_runs_and_keeps_only_what_went_wrong(roundtrip, misbehaving):
    filters = ("--jobs=1", "--filter=*neighbour*", "--filter=*_abort")
    screen = Screen(roundtrip, "run", misbehaving, *filters)
    area = screen.wait_until(lambda screen: len(live(screen)) == 2 and live(screen))
    assert re.fullmatch(r"\[0/3\] 0:\d\d", area[0])
    assert re.fullmatch(r" +\d\.\d s  Misbehaving.test_a_neighbour_s", area[1])
    area = screen.wait_until(lambda screen: "test_z_n" in screen.text() and live(screen))
    assert area[0].startswith("[2/3, 1 failed] 0:0")
    assert screen.end() == 1
    text = screen.everything()
    assert "[2/3]   CRASH" in text
    assert "PASS" not in text
    assert "test_a_neighbour_s" not in text.split("Slowest")[0]
    assert text.rstrip().endswith("2 passed, 1 failed, 0 skipped")


def test_the_run_for_programs_is_shown_and_its_interrupt_said(roundtrip, shell_config):
    del roundtrip.environment["ROUNDTRIP_ARTIFACTS"]
    config = shell_config("", slow="if test -e again; then exec sleep 40; fi; touch again; false", fails="false")
    screen = Screen(roundtrip, "run", config, "--jobs=1", columns=100)
    screen.wait_for("Running 2 tests once more, to keep the programs of what failed")
    area = screen.wait_until(lambda screen: re.search(r"0\.[3-9] s  Shell.slow", screen.text()) and live(screen))
    assert re.fullmatch(r"\[[01]/2\] 0:00", area[0])
    screen.interrupt()
    screen.wait_for("Interrupted: waiting for 1 test, which may take 2 s to end")
    assert screen.end() == 1
    text = screen.everything()
    assert "--resume" not in text
    assert "programs: the run for them was interrupted" in text
    assert text.rstrip().endswith("0 passed, 2 failed, 0 skipped")


def test_the_time_that_is_left_is_told_once_times_are_known(roundtrip, misbehaving):
    command = ("run", misbehaving, "--jobs=1", "--filter=*neighbour*", "--filter=*work_a_while*")
    roundtrip(*command)
    screen = Screen(roundtrip, *command)
    screen.wait_until(lambda screen: re.search(r"^\[0/3\] 0:00, 0:0[01] left$", screen.text(), re.M))
    assert screen.end() == 0


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_no_live_line_is_longer_than_the_terminal(roundtrip, columns):
    config = roundtrip.write_config(
        f"""
only_plugins: [{PLUGINS}/misbehaving.so]
transforms: {{a: {{chain: [], prefix: A形状形状形状形状形状形状, suffix: _é😀_{"x" * 150}}}}}
runs: [{{suites: [Misbehaving], transforms: [a]}}]
"""
    )
    screen = Screen(
        roundtrip, "run", config, "--jobs=4", "--filter=*neighbour*", columns=columns, rows=20)  # fmt: skip
    area = screen.wait_until(lambda screen: len(live(screen)) == 3 and live(screen))
    for line in area[1:]:
        assert re.match(r" +\d\.\d s  A", line)
        assert line.endswith("xx")
    assert screen.end() == 0
    # Nothing of the area was left behind in another line.
    lines = screen.everything().split("\n")
    assert lines[0] == "Running 2 tests, 4 at a time"
    assert not [line for line in lines if re.search(r"^\[|^ +\d\.\d s", line)]


def test_a_key_that_is_echoed_leaves_nothing_behind(roundtrip):
    config = roundtrip.write_config(
        f"""
only_plugins: [{PLUGINS}/misbehaving.so]
transforms: {{a: {{chain: [], suffix: _{"x" * 150}}}}}
runs: [{{suites: [Misbehaving], transforms: [a], timeout: 50}}]
"""
    )
    screen = Screen(roundtrip, "run", config, "--jobs=4", "--filter=test(*.test_hang)", columns=40)
    wait_for_test(screen, "Mis")
    screen.interrupt()
    screen.wait_for("waiting for 1 test")
    lines = screen.lines()
    assert lines[1].startswith("Interrupted: waiting for")
    screen.interrupt()
    assert screen.end() == 2


def test_the_live_area_follows_the_size_of_the_terminal(roundtrip, misbehaving):
    filters = ("--jobs=1", "--filter=*.test_hang_s", "--set=timeout=50")
    screen = Screen(roundtrip, "run", misbehaving, *filters, columns=80)
    screen.wait_until(lambda screen: any("Misbehaving.test_hang_s" in line for line in live(screen)))
    screen.resize(27, 10)
    screen.wait_until(lambda screen: any(re.search(r"s  Mis.*\.\.\..*g_s$", line) for line in live(screen)))
    screen.resize(100, 3)
    screen.wait_until(lambda screen: any("Misbehaving.test_hang_s" in line for line in live(screen)))
    screen.interrupt()
    screen.interrupt()
    assert screen.end() == 2


def test_a_stopped_run_leaves_the_terminal_clean_and_draws_anew(roundtrip, misbehaving):
    filters = ("--jobs=1", "--filter=*.test_hang_s", "--set=timeout=50")
    screen = Screen(roundtrip, "run", misbehaving, *filters)
    screen.wait_until(lambda screen: len(live(screen)) == 2)
    screen.press(b"\x1a")
    screen.wait_until(lambda screen: "Misbehaving" not in screen.text())
    screen.stream.feed(b"\r\n[1]+  Stopped\r\n$ fg\r\n")  # what the shell says
    screen.process.send_signal(signal.SIGCONT)
    screen.wait_until(lambda screen: len(live(screen)) == 2)
    assert "$ fg" in screen.text()
    screen.interrupt()
    screen.interrupt()
    assert screen.end() == 2


def test_a_dumb_terminal_has_no_live_area(roundtrip, misbehaving):
    screen = Screen(roundtrip, "run", misbehaving, "--filter=*neighbour*", "--jobs=1", TERM="dumb")
    assert screen.end() == 0
    assert b"\x1b" not in screen.written
    assert re.search(r"^\[1/2\]    PASS    0\.\d+ s  Misbehaving.test_a_neighbour_s$", screen.text(), re.M)


def test_without_colours_there_are_none_in_the_live_area_either(roundtrip, misbehaving):
    screen = Screen(roundtrip, "run", misbehaving, "--filter=*_abort", NO_COLOR="1")
    assert screen.end() == 1
    assert not re.search(rb"\x1b\[[\d;]*m", screen.written)


def test_a_list_is_a_tree_on_a_terminal_and_lines_in_a_pipe(roundtrip, ordered):
    screen = Screen(roundtrip, "list", ordered)
    assert screen.end() == 0
    tree = ["Ordered  6 tests", *(f"  {name}" for name in "abcdef"), "6 tests"]
    assert screen.text().split("\n")[:8] == tree
    assert b"\x1b[1mOrdered" in screen.written
    assert roundtrip("list", ordered).out.splitlines() == [f"Ordered.{name}" for name in "abcdef"]
    assert roundtrip("list", ordered, "--tree").out.splitlines() == tree


@pytest.mark.parametrize("columns", [50, 80, 200])
def test_the_list_of_options_is_no_wider_than_the_terminal(roundtrip, columns):
    screen = Screen(roundtrip, "run", "--help", columns=columns)
    assert screen.end() == 0
    lines = screen.written.decode().split("Options:")[1].splitlines()
    assert min(columns, 100) - 12 < max(map(len, lines)) <= columns
