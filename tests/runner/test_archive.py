"""What `roundtrip archive` packs runs where it is unpacked, by what is in it."""

import json
import os
import pathlib
import shutil
import subprocess

import pytest
from conftest import PLUGINS

PROGRAMS = pathlib.Path(__file__).parents[2] / "suites/corpus/programs"


@pytest.fixture(scope="module")
def nights(tmp_path_factory):
    """A folder with an archive of configurations in config/, and of what lies in other folders."""
    folder = tmp_path_factory.mktemp("packed")
    for name in ("config", "programs", "plugins"):
        (folder / name).mkdir()
    shutil.copy(PROGRAMS / "activations.pt2", folder / "programs")
    shutil.copy(PLUGINS / "everyday.so", folder / "plugins")
    (folder / "config/base.yaml").write_text(
        "version: 1\nsuites: {Mine: {kind: corpus, folder: ../programs}}\n"
        "transforms: {plain: {chain: []}, cloned: {chain: [clone], suffix: _cloned}}\n"
    )
    (folder / "config/night.yaml").write_text(
        "version: 1\ninclude: [base.yaml]\nplugins: [../plugins]\n"
        "runs: [{suites: [Mine, Ordered], transforms: [plain, cloned]}]\n"
    )
    return folder


def call(executable, *arguments, cwd, **environment):
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ROUNDTRIP")}
    return subprocess.run(
        [executable, *arguments], cwd=cwd, env=inherited | {"XDG_CACHE_HOME": str(cwd / "cache")} | environment,
        capture_output=True, text=True, check=False)  # fmt: skip


@pytest.fixture
def unpacked(nights, tmp_path_factory):
    result = call(os.environ["ROUNDTRIP"], "archive", "-o", "night.tar.gz", "config/night.yaml", cwd=nights)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(f"{nights}/night.tar.gz: ")
    folder = tmp_path_factory.mktemp("unpacked")
    subprocess.run(["tar", "--extract", "--file", nights / "night.tar.gz"], cwd=folder, check=True)
    (nights / "programs").rename(nights / "hidden")
    yield folder / "night"
    (nights / "hidden").rename(nights / "programs")


def test_it_runs_by_what_is_in_it(unpacked):
    runner = unpacked / "bin/roundtrip"
    for options in ([], ["--isolation", "none"]):
        result = call(runner, "run", "config/night.yaml", "--json=r.json", *options, cwd=unpacked)
        assert result.stderr == ""
        assert result.returncode == 1, result.stdout  # two of Ordered fail
        tests = json.loads((unpacked / "r.json").read_text())["tests"]
        passed = {test["name"] for test in tests if test["outcome"] == "passed"}
        assert {"test_activations", "test_activations_cloned"} < passed
    assert call(runner, "archive", "-o", "again.tar", cwd=unpacked).returncode == 0
    listed = json.loads(call(runner, "plugins", "config/night.yaml", "--json", cwd=unpacked).stdout)["plugins"]
    assert {plugin["name"] for plugin in listed} > {"clone", "corpus", "everyday"}
    environment = json.loads((unpacked / "r.json").read_text())["environment"]
    files = [pathlib.Path(entry["path"]).resolve() for entry in environment["libraries"] + environment["plugins"]]
    assert {file.name for file in files if file.parent == unpacked / "lib"} >= {
        "libroundtrip.so.0.1", "libroundtrip_runtime.so.0.1"}  # fmt: skip
    assert not [file for file in files if not file.is_relative_to(unpacked)]


def test_where_libtorch_is_not_it_is_said(unpacked):
    runner = unpacked / "bin/roundtrip"
    other = unpacked / "other"
    (other / "include/torch/headeronly").mkdir(parents=True)
    (other / "include/torch/headeronly/version.h").write_text(
        "#define TORCH_VERSION_MAJOR 1\n#define TORCH_VERSION_MINOR 9\n#define TORCH_VERSION_PATCH 1\n"
    )
    for place, fault in [("/nowhere", ": LibTorch is not there"), (str(other), " is LibTorch 1.9.1")]:
        result = call(runner, "list", "config/night.yaml", cwd=unpacked, ROUNDTRIP_LIBTORCH=place)
        assert result.returncode == 3
        assert result.stderr.startswith(f"error: {place}{fault}: set ROUNDTRIP_LIBTORCH to the folder of LibTorch 2.")
    result = call(runner, "list", "config/night.yaml", "--matrix", cwd=unpacked, ROUNDTRIP_LIBTORCH="/nowhere")
    assert (result.returncode, result.stderr) == (0, "")  # which loads no plugin


def test_what_is_elsewhere_is_named(nights, tmp_path):
    runner = os.environ["ROUNDTRIP"]
    config = nights / "config/night.yaml"
    result = call(runner, "archive", "-o", "a.tar", str(config), f"--root={nights}/config", cwd=tmp_path)
    assert result.returncode == 0
    assert result.stderr.splitlines() == [
        f"warning: not in the archive, and must be there where it runs: {nights}/{name}"
        for name in ("config", "plugins", "programs")
    ]  # fmt: skip
    names = subprocess.run(["tar", "-tf", "a.tar"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert "./a/night.yaml\n" in names and "./a/base.yaml\n" in names and "programs" not in names
    for words, message in [
        ((), "'archive' needs -o FILE: roundtrip archive -o roundtrip.tar.gz"),
        (("-o", "x.zip"), f"-o takes a FILE that ends in .tar, .tar.gz, .tgz or .tar.zst, not '{tmp_path}/x.zip'"),
    ]:
        result = call(runner, "archive", *words, cwd=tmp_path)
        assert (result.returncode, result.stderr) == (4, f"error: {message}\n")
    result = call(runner, "archive", "-o", "/nowhere/x.tar", cwd=tmp_path)
    assert result.returncode == 3
    assert result.stderr.endswith("error: /nowhere/x.tar could not be written: tar ended with code 2\n")
