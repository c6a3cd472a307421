"""How pt2 takes its arguments and reports what fails."""

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
import torch
from torch.export.pt2_archive._package import load_pt2, package_pt2

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "suites" / "corpus" / "programs"
PT2 = Path(os.environ.get("ROUNDTRIP_BUILD", ROOT / "build")) / "bin" / "pt2"
LINEAR = PROGRAMS / "linear.pt2"


class AddOne(torch.nn.Module):
    def forward(self, x):
        return x + 1


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
    for command in ("pt2 show", "pt2 convert", "pt2 eval", "pt2 run", "pt2 inputs"):
        assert done.stdout.count(command) >= 2
    assert pt2("eval", "--help").stdout == done.stdout


@pytest.mark.parametrize(
    "arguments, reason",
    [
        ([], "a command is missing"),
        (["walk"], "there is no command 'walk'"),
        (["run", "--runs", "0", LINEAR], "--runs must be 1 or more"),
        (["run", "--device", "gpu", LINEAR], "--device must be a device such as cpu or cuda:0"),
        (["inputs", "--seed", "1", LINEAR], "--seed"),
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


@pytest.fixture(scope="module")
def two_models(tmp_path_factory):
    """A file of the models `weight_s` and `other`, and the text of each."""
    folder = tmp_path_factory.mktemp("models")
    models = {"weight_s": torch.nn.Linear(2, 2), "other": torch.nn.Linear(3, 3)}
    programs = {
        name: torch.export.export(model, (torch.ones(1, model.in_features),))
        for name, model in models.items()
    }
    both = str(folder / "both.pt2")
    package_pt2(both, exported_programs=programs, extra_files={"note.txt": "both"})
    loaded = load_pt2(str(folder / "both.pt2")).exported_programs
    return folder / "both.pt2", {name: f"{program}\n" for name, program in loaded.items()}


def test_a_file_of_several_models_is_shown_and_checked_whole_or_by_name(two_models):
    path, texts = two_models
    assert pt2("show", path).stdout == "".join(texts.values())
    for name, text in texts.items():
        assert pt2("show", "--model", name, path).stdout == text
    assert pt2("check", path).returncode == 0
    absent = pt2("check", "--model", "absent", path)
    assert absent.returncode == 1 and "models/other.json" in absent.stderr


def test_convert_keeps_all_models_byte_for_byte_or_the_one_that_is_chosen(two_models, tmp_path):
    path, texts = two_models
    done = pt2("convert", "--out", tmp_path, path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / path.name).read_bytes() == path.read_bytes()
    assert pt2("convert", "--out", tmp_path, "--model", "other", path).returncode == 0
    assert pt2("show", tmp_path / path.name).stdout == texts["other"]


def test_a_transformation_reaches_every_model(two_models, tmp_path):
    path, texts = two_models
    done = pt2("convert", "--out", tmp_path, "--transform", "decompose", path)
    assert (done.returncode, done.stderr) == (0, "")
    programs = load_pt2(str(tmp_path / path.name)).exported_programs
    assert list(programs) == list(texts)
    for program in programs.values():
        assert "aten.linear" not in str(program) and "aten.addmm" in str(program)


def test_what_is_of_no_program_is_told_when_it_is_left_out(two_models, tmp_path):
    path, _ = two_models
    shutil.copy(path, tmp_path / "code.pt2")
    with zipfile.ZipFile(tmp_path / "code.pt2", "a") as archive:
        archive.writestr("both/data/aotinductor/model/code.so", "compiled")
    done = pt2("convert", "--out", tmp_path / "out", tmp_path / "code.pt2")
    assert done.returncode == 0
    assert "data/aotinductor/model/code.so" in done.stderr and "leaves them out" in done.stderr


def test_eval_runs_the_one_of_several_models_that_is_chosen(two_models, tmp_path):
    path, _ = two_models
    done = pt2("eval", "--out", tmp_path, path)
    assert done.returncode == 1
    assert "several models" in done.stderr and "weight_s, other" in done.stderr
    assert not list(tmp_path.iterdir())
    done = pt2("eval", "--out", tmp_path, "--model", "other", path)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_layout_of_old_versions_is_told_with_what_to_do(tmp_path):
    with zipfile.ZipFile(tmp_path / "old.pt2", "w") as archive:
        archive.writestr("serialized_exported_program.json", "{}")
        archive.writestr("version", "5.1")
    done = pt2("show", tmp_path / "old.pt2")
    assert done.returncode == 1
    assert "PyTorch up to 2.7" in done.stderr and "save it again" in done.stderr


def test_inputs_that_python_has_marked_are_read(tmp_path):
    """Exporting leaves sets and objects of torch's own classes on tensors."""
    x = torch.ones(4, 3)
    torch._dynamo.mark_dynamic(x, 0, min=2, max=9)
    x.note = {"what": {1, 2}, "where": Path("somewhere")}
    program = torch.export.export(AddOne(), (x,))
    torch.export.save(program, tmp_path / "marked.pt2")
    done = pt2("eval", "--out", tmp_path, tmp_path / "marked.pt2")
    assert (done.returncode, done.stderr) == (0, "")
    (result,) = torch.load(tmp_path / "marked.out.pt")
    assert torch.equal(result, x + 1)


def on_cuda(archive, target):
    """The archive as it would be if the weights had been on a GPU."""
    with zipfile.ZipFile(archive) as given, zipfile.ZipFile(target, "w") as changed:
        for record in given.infolist():
            text = given.read(record)
            if record.filename.endswith("weights_config.json"):
                assert b'"cpu", "index": null' in text
                text = text.replace(b'"cpu", "index": null', b'"cuda", "index": 1')
            changed.writestr(record.filename.replace(archive.stem, target.stem, 1), text)


def test_weights_of_other_devices_are_shown_checked_and_converted_but_not_run(tmp_path):
    with torch.device("meta"):
        program = torch.export.export(torch.nn.Linear(2, 2), (torch.ones(1, 2),))
    meta = tmp_path / "meta.pt2"
    torch.export.save(program, meta)
    assert pt2("show", meta).stdout == f"{torch.export.load(meta)}\n"
    cuda = tmp_path / "cuda.pt2"
    on_cuda(LINEAR, cuda)
    for file in (meta, cuda):
        assert pt2("check", file).returncode == 0
        assert pt2("convert", "--out", tmp_path / "once", file).returncode == 0
        assert pt2("convert", "--out", tmp_path / "twice", tmp_path / "once" / file.name)
        once = (tmp_path / "once" / file.name).read_bytes()
        assert once == (tmp_path / "twice" / file.name).read_bytes()
        assert file == cuda or once == file.read_bytes()
        refused = pt2("eval", "--out", tmp_path, file)
        assert refused.returncode == 1 and f"on device {file.stem}" in refused.stderr
    assert pt2("eval", "--out", tmp_path, LINEAR).returncode == 0
    moved = pt2("eval", "--out", tmp_path, "--device", "cpu", cuda)
    assert (moved.returncode, moved.stderr) == (0, "")
    assert (tmp_path / "cuda.out.pt").read_bytes() == (tmp_path / "linear.out.pt").read_bytes()
    assert pt2("run", "--device", "cpu", "--inputs", LINEAR, cuda).returncode == 0
    with zipfile.ZipFile(tmp_path / "once" / "cuda.pt2") as kept, zipfile.ZipFile(cuda) as given:
        for name in given.namelist():
            if not name.endswith("serialization_id"):  # of records as this test laid them
                assert kept.read(name) == given.read(name)
