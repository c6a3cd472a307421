"""Plugins from outside: the project is installed, and a suite and a transformation from the
templates are built against it and run."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from conftest import BUILD, build_outside, call, refusal

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def outside(prefix, tmp_path_factory):
    """Both plugins, built in one folder each."""
    folder = tmp_path_factory.mktemp("outside")
    runner = prefix / "bin/roundtrip"
    call(runner, "new", "transform", "twice", cwd=folder)
    call(runner, "new", "suite", "my_suite", cwd=folder)
    for name in ("twice", "my_suite"):
        build_outside(prefix, folder, name)
    return folder


def test_the_installed_runner_finds_the_plugins_beside_it(prefix):
    listed = json.loads(call(prefix / "bin/roundtrip", "plugins", "--json"))
    assert {plugin["name"] for plugin in listed["plugins"]} >= {"serdes_strict", "corpus"}
    assert all(plugin["path"].startswith(str(prefix)) for plugin in listed["plugins"])


def test_a_suite_and_a_transformation_from_outside_run_together(prefix, outside):
    config = outside / "both.yaml"
    config.write_text(
        """
version: 1
plugins: [build_twice, build_my_suite]
transforms: {twice: {chain: [twice], suffix: _twice}}
runs: [{suites: [MySuite], transforms: [twice]}]
"""
    )
    report = outside / "report.json"
    call(prefix / "bin/roundtrip", "run", config, "--json", report)
    (test,) = json.loads(report.read_text())["tests"]
    assert (test["id"], test["outcome"]) == ("MySuite.test_add_twice", "passed")
    assert test["file"] == "my_suite.cpp"


def test_a_transformation_has_a_configuration_that_runs_it_over_upstreams_tests(prefix, outside):
    """All but a few of its tests pass under what the template does; one of them stands for them."""
    run = (prefix / "bin/roundtrip", "run", "twice/twice.yaml", "--filter", "*.test_basic_twice")
    out = call(*run, "--plugin-dir", "build_twice", cwd=outside)
    assert "1 passed, 0 failed" in out
    hint = refusal(*run, cwd=outside)
    assert "no plugin offers the transformation 'twice'" in hint
    assert "build_twice/libtwice.so is one: --plugin-dir build_twice" in hint


def test_the_installed_configurations_run(prefix, tmp_path):
    folder = prefix / "share/roundtrip/config"
    out = call(prefix / "bin/roundtrip", "run", folder / "export.yaml",
               "--filter", "Corpus.test_in_place*", cwd=tmp_path)  # fmt: skip
    assert " passed, 0 failed" in out
    assert (folder / "roundtrip.schema.json").exists()
    for config in folder.glob("*.yaml"):
        # Others are there to be included, and one needs a checkout of PyTorch.
        if "\nruns:" in config.read_text() and config.name != "pytorch.yaml":
            call(prefix / "bin/roundtrip", "check", config, cwd=tmp_path)


def test_ctest_knows_every_test(outside):
    listed = json.loads(
        call("ctest", "--show-only=json-v1", cwd=outside / "build_my_suite"))  # fmt: skip
    assert [test["name"] for test in listed["tests"]] == [
        "MySuite.test_add", "MySuite.test_add_serdes"]  # fmt: skip
    assert "100% tests passed" in call("ctest", cwd=outside / "build_my_suite")


def test_configurations_of_one_name_in_one_folder_are_both_known_to_ctest(prefix, tmp_path):
    project = tmp_path / "project"
    for name in ("one", "two"):
        (project / name).mkdir(parents=True)
        (project / name / "c.yaml").write_text(
            "version: 1\ntransforms: {plain: {chain: []}}\n"
            "runs: [{suites: [TestDynamismExpression], transforms: [plain]}]\n"
        )
    (project / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(outside CXX)\nenable_testing()\n"
        "find_package(Roundtrip REQUIRED)\n"
        "roundtrip_discover_tests(CONFIG one/c.yaml)\n"
        'roundtrip_discover_tests(CONFIG two/c.yaml PREFIX "two: ")\n'
    )
    build_outside(prefix, tmp_path, "project")
    build = tmp_path / "build_project"
    names = [test["name"] for test in json.loads(call("ctest", "--show-only=json-v1", cwd=build))["tests"]]
    half = len(names) // 2
    assert half > 5
    assert names[half:] == [f"two: {name}" for name in names[:half]]
    assert "100% tests passed" in call("ctest", "-R", f"{names[0]}$", cwd=build)


def test_ctest_knows_what_an_included_file_adds(prefix, tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    (project / "c.yaml").write_text("version: 1\ninclude: [runs.yaml]\n")
    runs = "version: 1\ntransforms: {plain: {chain: []}, again: {chain: [], suffix: _again}}\n" \
           "runs: [{suites: [TestDynamismExpression], transforms: [TRANSFORMS]}]\n"  # fmt: skip
    (project / "runs.yaml").write_text(runs.replace("TRANSFORMS", "plain"))
    (project / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(outside CXX)\nenable_testing()\n"
        "find_package(Roundtrip REQUIRED)\nroundtrip_discover_tests(CONFIG c.yaml)\n"
    )

    def count():
        build_outside(prefix, tmp_path, "project")
        listed = call("ctest", "--show-only=json-v1", cwd=tmp_path / "build_project")
        return len(json.loads(listed)["tests"])

    before = count()
    (project / "runs.yaml").write_text(runs.replace("TRANSFORMS", "plain, again"))
    assert count() == 2 * before > 10


def test_a_template_overwrites_nothing(prefix, outside):
    runner = prefix / "bin/roundtrip"
    call(runner, "new", "suite", "my_suite", cwd=outside, code=3)
    call(runner, "new", "suite", "My-Suite", cwd=outside, code=4)
    call(runner, "new", "house", "x", cwd=outside, code=4)


def test_a_program_is_run_by_the_runtime_alone(tmp_path):
    """Only that component is installed and linked; what it does not have is said."""
    prefix = tmp_path / "prefix"
    call("cmake", "--install", BUILD, "--prefix", prefix, "--component", "runtime")
    libraries = sorted(file.name for file in (prefix / "lib").glob("*.so*"))
    assert libraries == [f"libroundtrip_runtime.so{end}" for end in ("", ".0.1", ".0.1.0")]
    project = tmp_path / "project"
    project.mkdir()
    (project / "main.cpp").write_text(
        """
#include <roundtrip/archive.h>

#include <iostream>

int main(int, char** arguments) {
  const auto program = roundtrip::load(arguments[1]);
  program.validate();
  const auto inputs = *program.example_inputs();
  program.run(inputs.args, inputs.kwargs);
  std::cout << program.str();
}
"""
    )
    (project / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(outside CXX)\n"
        "find_package(Roundtrip REQUIRED COMPONENTS runtime)\n"
        "add_executable(outside main.cpp)\n"
        "target_link_libraries(outside PRIVATE Roundtrip::runtime)\n"
    )
    build_outside(prefix, tmp_path, "project")
    program = ROOT / "suites/corpus/programs/activations.pt2"
    assert call(tmp_path / "build_project/outside", program).startswith("ExportedProgram:")
    needed = call("ldd", tmp_path / "build_project/outside")
    assert not re.search(r"libroundtrip\.so|libz3|libdw", needed)
    pt2 = prefix / "bin/pt2"
    assert call(pt2, "show", program) == call(tmp_path / "build_project/outside", program) + "\n"
    call(pt2, "convert", "--out", tmp_path / "out", program)
    assert (tmp_path / "out/activations.pt2").read_bytes() == program.read_bytes()
    call(pt2, "diff", program, program, code=4)

    (project / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(outside CXX)\nfind_package(Roundtrip REQUIRED)\n")  # fmt: skip
    refused = subprocess.run(
        ["cmake", "-S", project, "-B", tmp_path / "other", f"-DCMAKE_PREFIX_PATH={prefix}"],
        capture_output=True, text=True, check=False)  # fmt: skip
    assert refused.returncode == 1
    assert "has the component runtime only" in " ".join(refused.stderr.split())


def test_a_plugin_states_its_compiler_and_abi(outside):
    for library in outside.glob("build_*/lib*.so"):
        assert re.search(rb"\0roundtrip_plugin_abi_\w+\0", library.read_bytes()), library
