#include "export/shapes/shapes.h"

#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <map>
#include <set>

#include "export/shapes/rules/rules.h"
#include "harness.h"
#include "support/child_process.h"

using namespace roundtrip;
using namespace roundtrip::testing;

namespace {

/// Operators of the core set that have no table row, and why.
const std::set<std::string> kNotShapes = {
    "aten::nonzero",              // data decides the sizes
    "aten::_local_scalar_dense",  // gives a number
    "aten::sym_size.int",
    "aten::sym_stride.int",
    "aten::sym_numel",
    "aten::sym_storage_offset",
    "aten::sym_is_contiguous",
    "aten::atan2.out",  // writes into a tensor whose layout is known
};

std::string name_of(const c10::OperatorName& name) {
  return name.overload_name.empty() ? name.name : name.name + "." + name.overload_name;
}

/// Every operator, and every name that overloads have in common.
std::set<std::string> all_names() {
  std::set<std::string> names;
  for (const c10::OperatorName& name : c10::Dispatcher::singleton().getAllOpNames()) {
    names.insert(name.name);
    names.insert(name_of(name));
  }
  return names;
}

std::set<std::string> core_set() {
  std::set<std::string> names;
  auto& dispatcher = c10::Dispatcher::singleton();
  for (const c10::OperatorName& name : dispatcher.getAllOpNames()) {
    const auto op = dispatcher.findSchema(name);
    if (op && op->hasTag(at::Tag::core)) names.insert(name_of(name));
  }
  return names;
}

std::string source_name(ShapeSource source) {
  static constexpr std::array kNames = {"rule", "composite", "shape function"};
  return kNames.at(static_cast<std::size_t>(source));
}

void check_all(const std::vector<Case>& cases) {
  std::map<std::string, int> exact;
  for (const Case& item : cases) {
    Outcome outcome;
    try {
      outcome = run(item);
    } catch (const std::exception& error) {
      outcome.problem = error.what();
    }
    CAPTURE(item.op);
    CAPTURE(outcome.problem);
    CHECK(outcome.exact);
    if (outcome.exact) ++exact[source_name(outcome.source)];
  }
  for (const auto& [source, number] : exact) {
    MESSAGE("exact by ", source, ": ", number, " of ", cases.size());
  }
}

}  // namespace

TEST_CASE("every rule is one of an operator that exists") {
  const std::set<std::string> known = all_names();
  CHECK(shapes::names_with_rules().size() > 500);
  for (const std::string_view name : shapes::names_with_rules()) {
    CAPTURE(name);
    const bool is_full = name.find("::") != std::string_view::npos;
    CHECK(known.contains((is_full ? "" : "aten::") + std::string(name)));
  }
}

TEST_CASE("layouts of the core operators hold at other sizes") {
  check_all(core_cases());
}

TEST_CASE("layouts of composite and rare operators hold at other sizes") {
  check_all(other_cases());
}

TEST_CASE("layouts of operators of several tensors hold at other sizes") {
  check_all(several_tensors_cases());
}

namespace {

/// What they refuse is no matter of sizes that the operator is given.
const std::set<std::string> kNotOfSizes = {
    "aten::as_strided",      // how large the memory behind the tensor is
    "aten::segment_reduce",  // what the lengths are that are in a tensor
};

/// In a process of its own: kernels that get sizes which do not fit may write anywhere.
int check_fit(const Case& item) {
  return wait_for(fork_child({}, [&] {
    at::set_num_threads(1);
    const std::vector<std::string> wrong = sizes_that_do_not_fit(item);
    for (const std::string& text : wrong) std::cerr << item.op << ": " << text << std::endl;
    return wrong.empty() ? 0 : 1;
  }));
}

}  // namespace

TEST_CASE("sizes that an operator refuses do not meet the guards") {
  for (const auto& cases : {core_cases(), other_cases(), several_tensors_cases()}) {
    for (const Case& item : cases) {
      if (kNotOfSizes.contains(item.op)) continue;
      CAPTURE(item.op);
      CHECK(check_fit(item) == 0);
    }
  }
}

TEST_CASE("every core operator has a row in the table") {
  std::set<std::string> missing = core_set();
  for (const Case& item : core_cases()) missing.erase(item.op);
  for (const std::string& name : kNotShapes) missing.erase(name);
  for (const std::string& name : missing) FAIL_CHECK("no row for ", name);
}
