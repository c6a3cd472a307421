// Upstream's random graphs of modules that call, read and write modules further down.
#include <roundtrip/module_call.h>
#include <roundtrip/nn.h>
#include <roundtrip/unflatten.h>

#include "suites/test_export/test_export.h"

namespace roundtrip {

namespace {

/// What module `ni` does, one after another, with modules further down, by number.
struct Level {
  std::vector<int> reads{};   ///< adds their tensors to x
  std::vector<int> calls{};   ///< calls them with x + 1
  std::vector<int> writes{};  ///< adds one to their tensors
};

enum class Held { nothing, buffer, constant };

/// `n0` of upstream: a module in a module, `n1.n2.n3`, each with a tensor of its own.
struct Nested : torch::nn::Module {
  Nested(const std::vector<Level>& levels, Held held, std::size_t index = 0)
      : level(levels[index]), number(static_cast<int>(index)) {
    if (held != Held::nothing) tensor = at::ones({1});
    if (held == Held::buffer) register_buffer("buf", tensor);
    if (index + 1 == levels.size()) return;
    next = std::make_shared<Nested>(levels, held, index + 1);
    register_module("n" + std::to_string(index + 1), next);
  }

  Nested& at_level(int wanted) { return wanted == number ? *this : next->at_level(wanted); }

  Tensor forward(Tensor x) {
    for (const int i : level.reads) x = x + at_level(i).tensor;
    for (const int i : level.calls) x = call(at_level(i), x + 1);
    for (const int i : level.writes) at_level(i).tensor.add_(1);
    return x + 1;
  }

  Level level;
  int number;
  Tensor tensor;
  std::shared_ptr<Nested> next;
};

Module dag_of(const std::vector<Level>& levels, Held held) {
  auto model = std::make_shared<Nested>(levels, held);
  NamedTensors constants;
  for (const Nested* level = model.get(); held == Held::constant && level != nullptr;
       level = level->next.get()) {
    constants.emplace_back("const_" + std::to_string(level->number), level->tensor);
  }
  return declaring(make_module(model).arg_names({"x"}), constants);
}

/// The program and its modules do what the model does.
void check_dag(TestContext& t, const std::vector<Level>& levels, Held held,
               const ExportOptions& options = {}) {
  const Values inputs{at::ones({1})};
  const Value eager = dag_of(levels, held)(inputs);
  auto program = t.export_program(dag_of(levels, held), inputs, {}, options);
  const UnflattenedModule modules = unflatten(program);
  CHECK(allclose(program.module()(inputs), eager));
  CHECK(allclose(modules(inputs), eager));
}

/// The same with the signatures of all modules preserved.
void check_preserving(TestContext& t, const std::vector<Level>& levels, Held held) {
  ExportOptions options;
  std::string name;
  for (std::size_t i = 1; i < levels.size(); ++i) {
    name += (i == 1 ? "n" : ".n") + std::to_string(i);
    options.preserve_module_call_signature.push_back(name);
  }
  check_dag(t, levels, held, options);
}

}  // namespace

TEST(TestExport, test_unflatten_random_dag_5) {
  check_dag(t, {{{}, {1, 2, 3}}, {{}, {2, 4}}, {{}, {4}}, {}, {}}, Held::nothing);
}

TEST(TestExport, test_unflatten_random_dag_6) {
  check_dag(t, {{{}, {1, 2, 4, 5}}, {{}, {3, 5}}, {{}, {4, 5}}, {}, {{}, {5}}, {}}, Held::nothing);
}

TEST(TestExport, test_unflatten_random_dag_buf_8) {
  check_dag(t,
            {{{2, 4}, {1, 2, 4, 7}},
             {{5, 7}, {2, 4, 5, 7}},
             {{7}, {3, 4}},
             {{4, 7}, {4, 6}},
             {{5}, {5, 6}},
             {{7}, {6}},
             {{}, {7}},
             {}},
            Held::buffer);
}

TEST(TestExport, test_unflatten_random_dag_mutating_buf_4) {
  check_dag(t, {{{1, 3}, {1, 2, 3}, {1, 2}}, {{3}, {2, 3}, {3}}, {{3}, {3}}, {}}, Held::buffer);
}

TEST(TestExport, test_unflatten_random_dag_mutating_buf_6) {
  check_dag(t,
            {{{2, 3, 4}, {1, 2, 3, 4, 5}, {2, 4}},
             {{4}, {3, 4, 5}, {2, 3, 5}},
             {{3, 5}, {3, 4, 5}, {4}},
             {{4}, {4}},
             {{5}, {}, {5}},
             {}},
            Held::buffer);
}

TEST(TestExport, test_unflatten_random_dag_mutating_buf_9) {
  check_dag(t,
            {{{1, 4, 7}, {1, 2, 3, 4, 7}, {3, 6, 8}},
             {{3, 5, 6, 8}, {2, 4}, {2, 6, 7}},
             {{6, 7}, {3, 4, 5, 8}, {4, 5, 6, 8}},
             {{4, 7, 8}, {4, 6}, {7, 8}},
             {{5, 6}, {5, 7, 8}, {7, 8}},
             {{7}, {7}, {6, 8}},
             {{7, 8}, {8}, {7, 8}},
             {{}, {8}, {8}},
             {}},
            Held::buffer);
}

TEST(TestExport, test_unflatten_random_dag_preserving_4) {
  check_preserving(t, {{{}, {1, 2, 3}}, {{}, {2}}, {}, {}}, Held::nothing);
}

TEST(TestExport, test_unflatten_random_dag_mutating_buf_preserving_4) {
  check_preserving(t, {{{2, 3}, {2, 3}}, {{2}, {2}, {3}}, {{3}, {3}, {3}}, {}}, Held::buffer);
}

TEST(TestExport, test_unflatten_random_dag_mutating_buf_preserving_4_1) {
  check_preserving(t, {{{2}, {1}, {2, 3}}, {{3}, {3}, {3}}, {{3}, {}, {3}}, {}}, Held::buffer);
}

TEST(TestExport, test_unflatten_random_dag_mutating_buf_preserving_5) {
  check_preserving(t,
                   {{{1, 2, 3}, {1, 2}, {3}},
                    {{3, 4}, {2, 3}, {4}},
                    {{3, 4}, {3, 4}, {3, 4}},
                    {{4}, {}, {4}},
                    {}},
                   Held::buffer);
}

TEST(TestExport, test_unflatten_random_dag_mutating_buf_preserving_7) {
  check_preserving(t,
                   {{{3, 4, 5, 6}, {1, 2, 3, 4, 5, 6}, {2, 4, 5, 6}},
                    {{2, 3, 4, 5, 6}, {2, 3, 4}, {3, 4, 6}},
                    {{3, 4, 5}, {4, 5, 6}, {6}},
                    {{5, 6}, {4, 5, 6}, {5}},
                    {{6}, {5, 6}},
                    {{6}, {6}},
                    {}},
                   Held::buffer);
}

TEST(TestExport, test_unflatten_random_dag_mutating_buf_preserving_10) {
  check_preserving(t,
                   {{{2, 3, 5, 6, 7}, {1, 2, 4, 7, 8, 9}, {3, 8, 9}},
                    {{2, 3, 6, 8}, {2, 3, 4, 5, 6, 7}, {2, 8, 9}},
                    {{3, 4, 8}, {3, 4, 5, 6, 8, 9}, {3, 4, 5, 6, 7, 9}},
                    {{4, 6, 7, 9}, {4, 5, 6, 8, 9}, {6, 8}},
                    {{6, 8, 9}, {5, 6, 8, 9}, {5, 6, 7, 8}},
                    {{6, 7, 8}, {6, 9}, {7, 8}},
                    {{8}, {7, 9}},
                    {{}, {8, 9}, {8}},
                    {{9}, {}, {9}},
                    {}},
                   Held::buffer);
}

TEST(TestExport, test_unflatten_random_dag_const_preserving_3) {
  check_preserving(t, {{{2}, {1, 2}}, {{2}, {2}}, {}}, Held::constant);
}

TEST(TestExport, test_unflatten_random_dag_const_preserving_3_1) {
  check_preserving(t, {{{1}, {1, 2}}, {{2}, {2}}, {}}, Held::constant);
}

}  // namespace roundtrip
