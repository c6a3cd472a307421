"""The README's C++ is compiled against the installed project, and run."""

import pathlib
import re
import textwrap

from conftest import build_outside, call

README = (pathlib.Path(__file__).parents[2] / "README.md").read_text()


def blocks(heading):
    """The indented blocks of C++ below a heading, up to the next one, and without the CMake
    that may follow them."""
    section = re.split(r"^##+ ", README.split(f"# {heading}\n", 1)[1], maxsplit=1, flags=re.M)[0]
    found = re.findall(r"(?:^    .*\n|^\n(?=    ))+", section, flags=re.M)
    texts = [re.split(r"^# ", textwrap.dedent(block), maxsplit=1, flags=re.M)[0] for block in found]
    return [text for text in texts if re.search(r"[;{]$", text, re.M)]


def take_out(pattern, text):
    return "\n".join(re.findall(pattern, text, flags=re.M | re.S)), re.sub(pattern, "", text, flags=re.M | re.S)


def suite_of(tests):
    """A suite with a test for each text of statements; what cannot stand in one goes before."""
    source = "#include <roundtrip/suite.h>\n#include <torch/torch.h>\n#include <iostream>\n"
    bodies = ""
    for name, text in tests.items():
        includes, text = take_out(r"^#include.*?$", text)
        classes, text = take_out(r"^struct \w+.*?^};$", text)
        source += f"{includes}\n{classes}\n"
        bodies += f"TEST(Readme, {name}) {{\n{text}\n}}\n"
    return (
        f"{source}using namespace roundtrip;\nclass Readme : public Fixture {{}};\n"
        'ROUNDTRIP_SUITE(Readme, "The README\'s C++");\n'
        f'ROUNDTRIP_PLUGIN("readme", "1.0", "");\n{bodies}'
    )


def write_plugin(folder, kind, name, source):
    (folder / name).mkdir()
    (folder / name / f"{name}.cpp").write_text(source)
    (folder / name / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(outside CXX)\n"
        f"find_package(Roundtrip REQUIRED)\nroundtrip_add_{kind}({name} SOURCES {name}.cpp)\n"
    )


def test_the_examples_compile_and_run(prefix, tmp_path):
    (first,) = blocks("torch.export in C++")
    (values,) = blocks("Models and values")
    (state,) = blocks("Looking at a program, and changing its state")
    (dynamic,) = blocks("Dynamic sizes")
    modules, unflattened = blocks("Modules")
    (decomposed,) = blocks("Decompositions")
    write_plugin(tmp_path, "suite", "readme", suite_of({
        "test_first": first,
        "test_values": values,
        "test_state": state,
        "test_dynamic": dynamic,
        "test_modules": "\n".join([modules, unflattened, decomposed]),
    }))  # fmt: skip
    build_outside(prefix, tmp_path, "readme")
    (tmp_path / "c.yaml").write_text(
        "version: 1\nplugins: [build_readme]\ntransforms: {plain: {chain: []}}\n"
        "runs: [{suites: [Readme], transforms: [plain]}]\n"
    )
    out = call(prefix / "bin/roundtrip", "run", "c.yaml", cwd=tmp_path)
    assert out.splitlines()[-1] == "5 passed, 0 failed, 0 skipped"
    assert (tmp_path / "linear.pt2").exists()


def test_a_transformation_rewrites_programs(prefix, tmp_path):
    (transform,) = blocks("One that rewrites programs")
    write_plugin(tmp_path, "transform", "tanh_gelu", transform)
    write_plugin(tmp_path, "suite", "gelu", suite_of({"test_gelu": """
        #include <ATen/ATen.h>
        const Values inputs{at::randn({4, 3})};
        for (const bool is_returned : {true, false}) {
          const Module model([=](const at::Tensor& x) {
            const at::Tensor y = at::gelu(x);
            return is_returned ? y : y + x;
          });
          const auto program = t.export_program(model, inputs);
          const at::Tensor x = inputs[0].tensor();
          const at::Tensor form = at::gelu(x, "tanh");
          CHECK(program.str().find("gelu.default(") == std::string::npos);
          CHECK(program.str().find("tanh.default(") != std::string::npos);
          const at::Tensor y = program.run(inputs).tensor();
          CHECK(at::allclose(y, is_returned ? form : form + x, 1e-5, 1e-6));
          CHECK(at::equal(load(save(program)).run(inputs).tensor(), y));
        }
    """.replace("\n        ", "\n")}))  # fmt: skip
    for name in ("gelu", "tanh_gelu"):
        build_outside(prefix, tmp_path, name)
    (tmp_path / "c.yaml").write_text(
        "version: 1\nplugins: [build_gelu, build_tanh_gelu]\n"
        "transforms: {tanh: {chain: [tanh_gelu], suffix: _tanh}}\n"
        "runs: [{suites: [Readme], transforms: [tanh]}]\n"
    )
    out = call(prefix / "bin/roundtrip", "run", "c.yaml", cwd=tmp_path)
    assert out.splitlines()[-1] == "1 passed, 0 failed, 0 skipped"


def test_the_suite_and_the_transformation_run_together(prefix, tmp_path):
    (transform,) = [block for block in blocks("A transformation of your own") if "class" in block]
    (suite,) = [block for block in blocks("A suite of your own") if "class" in block]
    write_plugin(tmp_path, "suite", "my_suite", suite)
    write_plugin(tmp_path, "transform", "twice", transform)
    for name in ("my_suite", "twice"):
        build_outside(prefix, tmp_path, name)
    (tmp_path / "c.yaml").write_text(
        "version: 1\nplugins: [build_my_suite, build_twice]\n"
        "transforms: {twice: {chain: [twice], suffix: _twice}}\n"
        "runs: [{suites: [MySuite], transforms: [twice]}]\n"
    )
    out = call(prefix / "bin/roundtrip", "run", "c.yaml", cwd=tmp_path)
    assert "MySuite.test_add_twice" in out
    assert out.splitlines()[-1] == "1 passed, 0 failed, 0 skipped"
