"""Tests of export as one writes them for Python, and what unittest offers with them.

    roundtrip run config/python.yaml
"""

import dataclasses
import os
import unittest
from typing import NamedTuple

import torch
import torch.utils._pytree as pytree
from torch.export import Dim, export
from torch.testing._internal.common_utils import (
    TestCase,
    instantiate_parametrized_tests,
    parametrize,
)

events = []


def setUpModule():
    events.append("module")


def expected_failure(*properties):
    """The test is expected to fail under transformations with these properties."""

    def mark(function):
        for name in properties:
            setattr(function, "_expected_failure_" + name, True)
        return function

    return mark


@dataclasses.dataclass
class Pair:
    left: torch.Tensor
    right: torch.Tensor


class Point(NamedTuple):
    x: torch.Tensor
    y: torch.Tensor


torch.export.register_dataclass(Pair, serialized_type_name="examples.Pair")
pytree._register_namedtuple(Point, serialized_type_name="examples.Point")


class Perceptron(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))

    def forward(self, x, *, scale=1.0):
        return self.layers(x) * scale


class TestModels(TestCase):
    """What is exported computes what the model computes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = Perceptron()
        cls.addClassCleanup(events.append, "class cleanup")

    def setUp(self):
        super().setUp()
        self.x = torch.randn(3, 4)
        self.addCleanup(events.append, "cleanup")

    def test_perceptron(self):
        program = export(self.model, (self.x,), {"scale": 2.0})
        self.assertEqual(program.module()(self.x, scale=2.0), self.model(self.x, scale=2.0))
        self.assertEqual(events, ["module"])

    def test_batch_is_dynamic(self):
        program = export(self.model, (self.x,), dynamic_shapes={"x": {0: Dim("batch", min=2, max=64)}})
        for size in (2, 7, 64):
            with self.subTest(size=size):
                x = torch.randn(size, 4)
                self.assertEqual(program.module()(x), self.model(x))

    def test_buffer_is_updated(self):
        class Counter(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.register_buffer("count", torch.zeros(()))

            def forward(self, x):
                self.count.add_(1)
                return x + self.count

        module = export(Counter(), (self.x,)).module()
        self.assertEqual([module(self.x), module(self.x)], [self.x + 1, self.x + 2])
        self.assertEqual(module.count, torch.tensor(2.0))

    def test_dataclass_and_namedtuple(self):
        class Swap(torch.nn.Module):
            def forward(self, pair, point):
                return Point(pair.right + point.x, pair.left - point.y), Pair(point.y, point.x)

        inputs = (Pair(torch.ones(2), torch.zeros(2)), Point(torch.ones(2), torch.ones(2)))
        point, pair = export(Swap(), inputs).module()(*inputs)
        self.assertIsInstance(point, Point)
        self.assertIsInstance(pair, Pair)
        self.assertEqual(point, Point(torch.ones(2), torch.zeros(2)))

    def test_error_of_export_is_pythons_own(self):
        with self.assertRaisesRegex(torch._dynamo.exc.UserError, "top-level keys must be the arg names"):
            export(self.model, (self.x,), dynamic_shapes={"y": None})

    def test_gradients_flow(self):
        program = export(self.model, (self.x,))
        x = self.x.clone().requires_grad_()
        program.module()(x).sum().backward()
        self.assertEqual(x.grad, torch.autograd.grad(self.model(x).sum(), x)[0])

    def test_knows_its_name(self):
        self.assertTrue(self._testMethodName.startswith("test_knows_its_name"))
        self.assertTrue(self.id().endswith("TestModels." + self._testMethodName))

    # What makes another program gives its own weights.
    @expected_failure("serdes", "serdes_non_strict", "cpp_serdes", "training_ir_to_run_decomp",
                      "training_ir_to_run_decomp_non_strict", "decompose", "clone")  # fmt: skip
    def test_weights_are_shared_with_the_model(self):
        program = export(self.model, (self.x,))
        self.assertIs(program.state_dict["layers.0.weight"], self.model.layers[0].weight)

    @unittest.expectedFailure
    def test_integer_parameters_need_no_gradient(self):
        torch.nn.Parameter(torch.ones(2, dtype=torch.int64))

    @unittest.skip("nothing can be exported without a model")
    def test_nothing(self):
        export(None, ())

    @unittest.skipIf(os.cpu_count() is None, "the machine does not say how many cores it has")
    def test_threads(self):
        self.assertGreaterEqual(torch.get_num_threads(), 1)


@instantiate_parametrized_tests
class TestDtypes(TestCase):
    """A parametrised test is a test for each value."""

    @parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
    def test_result_has_the_type_of_the_input(self, dtype):
        class Double(torch.nn.Module):
            def forward(self, x):
                return x * 2

        x = torch.ones(3, dtype=dtype)
        self.assertEqual(export(Double(), (x,)).module()(x).dtype, dtype)


def test_function():
    """A test may be a function."""

    class Negate(torch.nn.Module):
        def forward(self, x):
            return -x

    x = torch.ones(2)
    assert torch.equal(export(Negate(), (x,)).module()(x), -x)
