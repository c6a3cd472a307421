"""How pt2 takes its arguments and reports what fails."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "suites" / "corpus" / "programs"
PT2 = Path(os.environ.get("ROUNDTRIP_BUILD", ROOT / "build")) / "bin" / "pt2"
LINEAR = PROGRAMS / "linear.pt2"


def pt2(*arguments, **environment):
    return subprocess.run(
        [PT2, *map(str, arguments)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=60,
    )


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "broken.pt2"
    path.write_bytes(LINEAR.read_bytes()[:1000])
    return path


def test_help_shows_every_command_by_example():
    done = pt2("--help")
    assert done.returncode == 0
    for command in ("pt2 show", "pt2 convert", "pt2 eval"):
        assert done.stdout.count(command) >= 2
    assert pt2("eval", "--help").stdout == done.stdout


@pytest.mark.parametrize(
    "arguments, reason",
    [
        ([], "a command is missing"),
        (["run"], "there is no command 'run'"),
        (["show"], "'show' needs at least one FILE"),
        (["show", "--out", "x", LINEAR], "--out"),
        (["convert", LINEAR], "'convert' needs --out DIR"),
        (["eval", "--out", "x", "--seed", "many", LINEAR], "--seed"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_4(arguments, reason):
    done = pt2(*arguments)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("pt2: ") and done.stderr.count("\n") == 1
    assert reason in done.stderr


@pytest.mark.parametrize("command", ["convert", "eval"])
def test_a_bad_file_is_reported_and_the_rest_go_on(command, broken, tmp_path):
    absent = tmp_path / "absent.pt2"
    done = pt2(command, "--out", tmp_path / "out", broken, absent, LINEAR)
    assert done.returncode == 1
    first, second = done.stderr.splitlines()
    assert first.startswith(f"pt2: {broken}: ")
    assert second.startswith(f"pt2: {absent}: ")
    suffix = {"convert": ".pt2", "eval": ".out.pt"}[command]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["linear" + suffix]


def test_show_goes_on_after_a_bad_file(broken):
    done = pt2("show", broken, LINEAR)
    assert done.returncode == 1
    assert done.stdout == pt2("show", LINEAR).stdout != ""


def test_two_files_of_one_name_are_refused_before_anything_is_written(tmp_path):
    other = tmp_path / "linear.pt2"
    other.write_bytes(LINEAR.read_bytes())
    done = pt2("eval", "--out", tmp_path / "out", LINEAR, other)
    assert done.returncode == 4
    assert "would be written under one name" in done.stderr
    assert not (tmp_path / "out").exists()


def test_an_unknown_transformation_is_wrong_usage(tmp_path):
    done = pt2("convert", "--out", tmp_path / "out", "--transform", "nonesuch", LINEAR)
    assert done.returncode == 4
    assert "nonesuch" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_no_plugin_is_reported(tmp_path):
    (tmp_path / "text.so").write_text("no library")
    arguments = ("convert", "--out", tmp_path / "out", "--transform", "serdes_strict", LINEAR)
    for done in (
        pt2(*arguments[:-1], "--plugin-dir", tmp_path, LINEAR),
        pt2(*arguments, ROUNDTRIP_PLUGIN_PATH=str(tmp_path)),
    ):
        assert done.returncode == 0, done.stderr
        assert "text.so" in done.stderr
    assert (tmp_path / "out" / "linear.pt2").read_bytes() == LINEAR.read_bytes()


def test_convert_may_write_over_its_own_input(tmp_path):
    path = tmp_path / "linear.pt2"
    path.write_bytes(LINEAR.read_bytes())
    assert pt2("convert", "--out", tmp_path, path).returncode == 0
    assert path.read_bytes() == LINEAR.read_bytes()


def test_results_that_cannot_be_written_are_reported(tmp_path):
    (tmp_path / "out").write_text("a file, no folder")
    done = pt2("eval", "--out", tmp_path / "out", LINEAR)
    assert done.returncode == 4
    assert "cannot make the folder" in done.stderr
