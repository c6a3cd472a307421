"""Runs the built executables once for all programs; the tests look at what they left."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "suites" / "corpus"))

from make_programs import PROGRAMS, export  # noqa: E402

import fresh_programs  # noqa: E402
from compare import run  # noqa: E402
from compare_twins import summary_lines  # noqa: E402

torch.set_num_threads(1)

CORPUS = sorted(path.stem for path in PROGRAMS.glob("*.pt2"))
FRESH = sorted(fresh_programs.CASES)
REWRITTEN = sorted(fresh_programs.REWRITTEN)


def pytest_addoption(parser):
    default = os.environ.get("ROUNDTRIP_BUILD", str(ROOT / "build"))
    parser.addoption("--build", default=default, help="CMake's build folder")


def pytest_generate_tests(metafunc):
    if "stem" in metafunc.fixturenames:
        metafunc.parametrize("stem", CORPUS + FRESH)
    if "corpus_stem" in metafunc.fixturenames:
        metafunc.parametrize("corpus_stem", CORPUS)
    if "rewritten_stem" in metafunc.fixturenames:
        metafunc.parametrize("rewritten_stem", CORPUS + REWRITTEN)


@dataclass(frozen=True)
class Executable:
    """A built executable. It runs with one thread, as Python does here."""

    path: Path

    def __call__(self, *arguments) -> subprocess.CompletedProcess:
        assert self.path.is_file(), f"{self.path} is not there: build it, or name the folder by --build"
        return subprocess.run(
            [self.path, *map(str, arguments)],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
        )


@pytest.fixture(scope="session")
def pt2(pytestconfig) -> Executable:
    return Executable(Path(pytestconfig.getoption("build")) / "bin" / "pt2")


@pytest.fixture(scope="session")
def export_twins(pytestconfig) -> Executable:
    return Executable(Path(pytestconfig.getoption("build")) / "tests" / "export_twins")


@pytest.fixture(scope="session")
def capture_programs(pytestconfig) -> Executable:
    return Executable(Path(pytestconfig.getoption("build")) / "tests" / "capture_programs")


@pytest.fixture(scope="session")
def unflatten_programs(pytestconfig) -> Executable:
    return Executable(Path(pytestconfig.getoption("build")) / "tests" / "unflatten_programs")


@pytest.fixture(scope="session")
def rewrite_programs(pytestconfig) -> Executable:
    return Executable(Path(pytestconfig.getoption("build")) / "tests" / "rewrite_programs")


@pytest.fixture(scope="session")
def model_fuzzer(pytestconfig) -> Executable:
    return Executable(Path(pytestconfig.getoption("build")) / "tests" / "model_fuzzer")


VERDICTS = pytest.StashKey[list]()


@pytest.fixture(scope="session")
def twin_report(pytestconfig) -> list:
    """Verdicts on twins, for the summary: (static, dynamic or automatic, model, verdict by aspect)."""
    return pytestconfig.stash.setdefault(VERDICTS, [])


def pytest_terminal_summary(terminalreporter, config):
    lines = summary_lines(config.stash.get(VERDICTS, []))
    if not lines:
        return
    terminalreporter.section("C++ models and their twins in Python")
    terminalreporter.write_line("\n".join(lines))
    path = Path(config.getoption("build")) / "twins_summary.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="session")
def captured(capture_programs, tmp_path_factory):
    """The folder into which C++ wrote `STEM.pt2` and `STEM.expected.pt`, its outputs' leaves."""
    folder = tmp_path_factory.mktemp("captured")
    done = capture_programs(folder)
    assert done.returncode == 0, done.stderr
    assert list(folder.glob("*.pt2")), "capture_programs wrote no program"
    return folder


@pytest.fixture(scope="session")
def wrong_specs(pytestconfig) -> Executable:
    return Executable(Path(pytestconfig.getoption("build")) / "tests" / "wrong_specs")


@dataclass
class Original:
    """What Python makes of a program file: its text, and its outputs if it can be run."""

    text: str
    outputs: list | None


@dataclass(eq=False)
class Programs:
    """All program files, and what `pt2` made of them in one call of each command."""

    pt2: Executable
    folder: Path
    paths: dict[str, Path]

    @cache
    def original(self, stem: str) -> Original:
        program = torch.export.load(self.paths[stem])
        return Original(str(program), run(program))

    @cache
    def shown(self) -> list[str]:
        """What `pt2 show FILE...` printed, cut before each program."""
        done = self.pt2("show", *self.paths.values())
        assert done.returncode == 0, done.stderr
        head = "ExportedProgram:\n"
        return [head + rest.removesuffix("\n") for rest in re.split(f"^{head}", done.stdout, flags=re.MULTILINE)[1:]]

    @cache
    def written(self, command: str, *options: str) -> tuple[Path, str]:
        """The folder that `pt2 COMMAND --out FOLDER OPTIONS FILE...` filled; its error output."""
        folder = self.folder / "-".join([command, *options])
        folder.mkdir()
        return folder, self.pt2(command, "--out", folder, *options, *self.paths.values()).stderr

    def result(self, name: str, command: str, *options: str) -> Path:
        folder, errors = self.written(command, *options)
        path = folder / name
        if not path.is_file():
            stem = name.removesuffix(".pt2").removesuffix(".out.pt")
            about = [line for line in errors.splitlines() if stem in line] or [errors[-2000:]]
            pytest.fail(f"pt2 {command} wrote no {name}:\n" + "\n".join(about))
        return path


@pytest.fixture(scope="session")
def programs(pt2, tmp_path_factory) -> Programs:
    fresh = tmp_path_factory.mktemp("fresh")
    for stem in FRESH:
        torch.manual_seed(0)
        case = fresh_programs.CASES[stem]()
        torch.export.save(export(case), fresh / f"{stem}.pt2", extra_files=case.extra_files)
    paths = {stem: PROGRAMS / f"{stem}.pt2" for stem in CORPUS}
    paths |= {stem: fresh / f"{stem}.pt2" for stem in FRESH}
    return Programs(pt2, tmp_path_factory.mktemp("pt2"), paths)
