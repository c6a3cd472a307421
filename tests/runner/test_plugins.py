"""Libraries that cannot be used as plugins: one clear line for each."""

import json
import os
import re
import shutil
import subprocess

import pytest
from conftest import PLUGINS


def abi():
    """The compiler and ABI that the runner's own plugins state."""
    symbols = (PLUGINS / "everyday.so").read_bytes()
    (tag,) = set(re.findall(rb"\0roundtrip_plugin_abi_(\w+)", symbols))
    return tag.decode()


FAULTS = {
    "absent": "does not exist; build the plugin, or correct the path given for it",
    "no_entry": "has no entry point 'roundtrip_plugin_api_5'; add ROUNDTRIP_PLUGIN(...) to one of "
    "its source files",
    "no_libtorch": "does not state the LibTorch version it was built with; build it with "
    "ROUNDTRIP_PLUGIN(...) of this runner's headers",
    "wrong_api": "was built for plugin API version 999, this runner has version 5; rebuild it with "
    "this runner's headers",
    "wrong_libtorch": "was built with LibTorch 2.12.0, this runner is for 2.13.0; rebuild it with "
    "2.13.0",
    "no_abi": "does not state the compiler and ABI it was built with; build it with "
    "ROUNDTRIP_PLUGIN(...) of this runner's headers",
    "wrong_abi": f"was built with the compiler and ABI clang_libcxx_1002, this runner with {abi()}; "
    "rebuild it with the runner's",
    "unresolved": "needs the symbol 'nobody_defines_this', which nothing defines; link the library "
    "that defines it",
    "thread_on_load": "started a thread while it was loaded, and no test can be forked from a "
    "process of several; start it in the test instead",
    "crash_on_load": "crashed while it was loaded: was killed by SIGSEGV (Segmentation fault); fix "
    "it, or take it out of the plugins",
    "throw_on_load": "crashed while it was loaded: threw an exception: no licence file; fix it, or "
    "take it out of the plugins",
}


def config_for(roundtrip, *libraries):
    return roundtrip.write_config(
        f"""
only_plugins: [{", ".join(map(str, libraries))}]
transforms: {{a: {{chain: []}}}}
runs: [{{suites: [Everyday], transforms: [a]}}]
"""
    )


@pytest.mark.parametrize("name", FAULTS)
def test_a_broken_plugin_ends_the_run_with_one_clear_line(roundtrip, name):
    library = PLUGINS / f"{name}.so"
    result = roundtrip("run", config_for(roundtrip, PLUGINS / "everyday.so", library))
    assert result.returncode == 3
    assert result.err == f"error: {library}: {FAULTS[name]}\n"
    assert result.out == ""


def test_what_a_plugin_changes_for_all_tests_is_put_back_and_said(roundtrip):
    config = roundtrip.write_config(
        f"""
only_plugins: [{PLUGINS}/changes_process.so]
transforms: {{a: {{chain: []}}}}
runs: [{{suites: [ChangesProcess], transforms: [a]}}]
"""
    )
    result = roundtrip("run", config)
    changed = (
        "it changed what SIGCHLD does, which signals are blocked, the umask, the locale, a resource "
        "limit, the working directory, standard input, standard output, standard error, how small "
        "numbers are rounded; that was put back, so "
        "that every test starts alike: change it in the tests that need it\n"
    )
    assert result.err == (
        f"warning: {PLUGINS}/changes_process.so: when it was loaded, {changed}"
        f"warning: suite ChangesProcess: when it listed its tests, {changed}"
    )
    assert result.returncode == 0, result.out


@pytest.fixture
def surprising(roundtrip):
    """Runs the suite whose plugin does this; gives the process and the records of its tests."""

    def run(what, *options):
        config = roundtrip.write_config(
            f"""
only_plugins: [{PLUGINS}/surprises.so]
transforms: {{a: {{chain: []}}}}
runs: [{{suites: [Surprises], transforms: [a], environment: {{SURPRISE: {what}}}, timeout: 3}}]
"""
        )
        result = roundtrip("run", config, "--json=r.json", *options)
        tests = roundtrip.report("r.json")["tests"]
        assert [(test["name"], test["outcome"]) for test in tests] == [
            ("test_child", "passed"), ("test_fails", "failed")]  # fmt: skip
        return result, tests

    return run


@pytest.mark.parametrize("when", ["load", "list", "set_up", "tear_down"])
def test_what_a_plugin_forks_is_no_worker(surprising, when):
    """It comes back to where the runner's process waits for work, but says nothing there."""
    result, tests = surprising(f"{when} fork")
    assert result.returncode == 1
    said = result.err + "".join(test["output"] for test in tests)
    assert said.count("a process that a plugin forked came back to the runner's code; only the one that "
                      "was started may, so end this one with _exit\n") >= 1  # fmt: skip


@pytest.mark.parametrize("what", ["ignore SIGCHLD", "unblock SIGCHLD"])
def test_the_end_of_tests_is_seen_whatever_their_suite_sets_up(surprising, what):
    result, tests = surprising(f"set_up {what}", "--jobs=1")
    assert (result.returncode, result.err) == (1, "")
    assert "".join(test["output"] for test in tests) == (
        "set_up_suite changed what SIGCHLD does; that was put back, for it tells of the end of tests: "
        "change it in the tests that need it\n"
    )


def test_a_pipe_in_a_plugin_folder_is_refused_at_once(roundtrip):
    os.mkfifo(roundtrip.folder / "pipe.so")
    result = roundtrip("run", config_for(roundtrip, roundtrip.folder))
    assert (result.returncode, result.err) == (
        3, f"error: {roundtrip.folder}/pipe.so: is no file\n")  # fmt: skip


@pytest.mark.parametrize("content", [b"", b"not a library", b"\x7fELF" + b"\xff" * 5000])
def test_a_file_that_is_no_library_is_refused(roundtrip, content):
    library = roundtrip.folder / "text.so"
    library.write_bytes(content)
    result = roundtrip("run", config_for(roundtrip, library))
    assert result.returncode == 3
    assert result.err == (
        f"error: {library}: is not a shared library, or a damaged one; rebuild it, or take it out "
        "of the plugins\n"
    )


def test_a_library_cut_short_is_refused_at_any_length(roundtrip):
    whole = (PLUGINS / "everyday.so").read_bytes()
    libraries = []
    for tenths in range(1, 10):
        libraries.append(roundtrip.folder / f"cut{tenths}.so")
        libraries[-1].write_bytes(whole[: len(whole) * tenths // 10])
    result = roundtrip("run", config_for(roundtrip, *libraries))
    assert result.returncode == 3
    lines = result.err.splitlines()
    assert len(lines) == len(libraries)
    assert all("is not a shared library, or a damaged one" in line for line in lines)


def test_two_plugins_that_offer_one_name_are_both_named(roundtrip):
    libraries = [PLUGINS / "everyday.so", PLUGINS / "clash.so"]
    result = roundtrip("run", config_for(roundtrip, *libraries))
    assert result.returncode == 3
    assert result.err.splitlines() == [
        f"error: {libraries[1]}: offers the {kind}, which {libraries[0]} offers too; rename or "
        "remove one of them"
        for kind in ("suite 'Everyday'", "transformation 'first'")
    ]


def test_plugins_lists_the_good_ones_beside_the_faults_of_the_others(roundtrip):
    names = ["everyday", *FAULTS]
    config = config_for(roundtrip, *(PLUGINS / f"{name}.so" for name in names))
    result = roundtrip("plugins", config, "--json")
    assert result.returncode == 3
    listed = json.loads(result.out)
    assert len(listed["faults"]) == len(FAULTS)
    (plugin,) = listed["plugins"]
    assert plugin["name"] == "everyday"
    assert plugin["version"] == "1.2"
    assert plugin["path"] == str(PLUGINS / "everyday.so")
    assert [suite["name"] for suite in plugin["suites"]] == [
        "Everyday", "Sharing", "Ordered", "Liar", "Printing", "Telling"]  # fmt: skip
    assert [kind["name"] for kind in plugin["kinds"]] == ["listed"]
    assert plugin["kinds"][0]["options"][2]["choices"] == ["calm", "wild"]
    assert plugin["api"] == 5
    assert plugin["transforms"][0] == {"name": "first", "description": "does nothing"}
    assert plugin["transforms"][2]["options"][0] == {
        "name": "times", "type": "integer", "default": "2", "required": False,
        "choices": [], "help": "how often"}  # fmt: skip

    text = roundtrip("plugins", config)
    assert "everyday 1.2: Tests that behave" in text.out
    assert re.search(r"option +times=2 +how often", text.out)
    assert re.search(r"kind +listed +tests by name\n +option +tests \(required\) +names", text.out)
    assert re.search(r"option +mood=calm +how they are \(calm, wild\)", text.out)
    assert len(text.err.splitlines()) == len(FAULTS)


def test_a_folder_stands_for_the_libraries_in_it_and_more_may_be_added(roundtrip):
    folder = roundtrip.folder / "plugins"
    folder.mkdir()
    (folder / "everyday.so").symlink_to(PLUGINS / "everyday.so")
    (folder / "notes.txt").write_text("not looked at")
    config = config_for(roundtrip, folder)

    def listed(*arguments, **environment):
        out = roundtrip("plugins", config, "--json", *arguments, **environment).out
        return [plugin["name"] for plugin in json.loads(out)["plugins"]]

    other = PLUGINS / "misbehaving.so"
    assert listed() == ["everyday"]
    assert listed("--plugin-dir", other) == ["everyday", "misbehaving"]
    assert listed("--plugin-dir", PLUGINS / "everyday.so") == ["everyday"]
    assert listed(ROUNDTRIP_PLUGIN_PATH=f"{other}:") == ["everyday", "misbehaving"]


def test_what_is_no_file_in_a_folder_of_plugins_hides_no_other(roundtrip):
    folder = roundtrip.folder / "plugins"
    folder.mkdir()
    (folder / "everyday.so").symlink_to(PLUGINS / "everyday.so")
    (folder / "loop.so").symlink_to("loop.so")
    os.mkfifo(folder / "fifo.so")
    result = roundtrip("plugins", config_for(roundtrip, folder), "--json")
    listed = json.loads(result.out)
    assert [plugin["name"] for plugin in listed["plugins"]] == ["everyday"]
    assert len(listed["faults"]) == 2
    assert all(name in result.out for name in ("loop.so", "fifo.so"))


def test_a_stripped_plugin_is_a_plugin(roundtrip):
    library = roundtrip.folder / "everyday.so"
    shutil.copy(PLUGINS / "everyday.so", library)
    subprocess.run(["strip", library], check=True)
    assert roundtrip("plugins", config_for(roundtrip, library)).returncode == 0
