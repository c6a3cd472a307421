"""What does not compile says so in one readable sentence, which names the type and the cure."""

import os
import subprocess
from pathlib import Path

import pytest

LIBTORCH = Path(os.environ["LIBTORCH"])

SOURCE = """
#include <roundtrip/nn.h>

struct Overloaded : torch::nn::Module {
  at::Tensor forward(const at::Tensor& x) { return x; }
  at::Tensor forward(const at::Tensor& x, double y) { return x * y; }
};
struct Templated : torch::nn::Module {
  template <typename T>
  T forward(const T& x) { return x; }
};
struct Opaque {
  explicit Opaque(int) {}
};
struct HasOpaque {
  at::Tensor x;
  Opaque opaque;
};

using roundtrip::Module;
void overloaded() { roundtrip::make_module(std::make_shared<Overloaded>()); }
void templated() { roundtrip::make_module(Templated()); }
void generic() { Module([](auto x) { return x; }); }
void parameter() { Module([](const Opaque&) { return 1; }); }
void member() { Module([](const HasOpaque& x) { return x.x; }); }
void result() { Module([](const at::Tensor&) { return Opaque(1); }); }
void view() { Module([](const at::Tensor& x) { return x.sizes(); }); }
"""


@pytest.fixture(scope="module")
def said(prefix, tmp_path_factory):
    """What the compiler says of all of them."""
    source = tmp_path_factory.mktemp("refusals") / "refusals.cpp"
    source.write_text(SOURCE)
    includes = [LIBTORCH / "include", LIBTORCH / "include/torch/csrc/api/include"]
    done = subprocess.run(
        ["c++", "-std=c++20", "-fsyntax-only", f"-I{prefix}/include",
         *(word for path in includes for word in ("-isystem", path)), source],
        capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 1
    return done.stderr


def test_each_is_one_error(said):
    errors = [line for line in said.splitlines() if " error: " in line]
    assert len(errors) == 7, said
    assert all("static assertion failed: " in line for line in errors)


@pytest.mark.parametrize(
    "where, cure",
    [
        ("M = Overloaded", "[model](const at::Tensor& x) { return model->forward(x); }"),
        ("M = Templated", "make_module(model, &Net::encode)"),
        ("<lambda(auto", "Module([f](const at::Tensor& x) { return f(x); })"),
        ("ParameterType<Opaque>", "specialise roundtrip::Convert<T> with from_value"),
        ("ParameterType<HasOpaque>", "specialise roundtrip::Convert<T> with from_value"),
        ("ResultType<Opaque>", "specialise roundtrip::Convert<T> with to_value"),
        ("ResultType<c10::ArrayRef<long int> >", "return what owns its elements"),
    ],
)
def test_the_error_names_type_and_cure(said, where, cure):
    lines = said.splitlines()
    places = [i for i, line in enumerate(lines) if where in line and "In instantiation of" in line]
    assert places, said
    errors = [next(line for line in lines[i:] if " error: " in line) for i in places]
    assert any(cure in error for error in errors), errors
