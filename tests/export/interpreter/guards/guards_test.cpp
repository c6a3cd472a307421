#include "export/interpreter/guards/guards.h"

#include <doctest/doctest.h>
#include <roundtrip/error.h>

#include <string>
#include <vector>

using namespace roundtrip;

namespace {

const std::vector<std::string> kLeaves = {"x", "y", "d['k'][0]", "args_0", "n"};

/// The guard's answer when its sources have these values, in order of appearance.
bool holds(const std::string& text, std::vector<std::int64_t> values) {
  auto guard = parse_guard(text, kLeaves);
  REQUIRE(guard.sources.size() == values.size());
  Bindings bindings;
  for (std::size_t i = 0; i < values.size(); ++i) bindings.emplace(std::to_string(i), values[i]);
  return std::get<bool>(evaluate(guard.condition, bindings));
}

std::string text(const std::string& guard) {
  return parse_guard(guard, kLeaves).text;
}

}  // namespace

TEST_CASE("guards that upstream wrote hold for the sizes they were traced with") {
  CHECK(holds("L['y'].size()[0] == (2*L['x'].size()[0])", {10, 5}));
  CHECK_FALSE(holds("L['y'].size()[0] == (2*L['x'].size()[0])", {9, 5}));
  CHECK(holds("(L['x'].size()[0] % (L['x'].size()[0] // 2)) == 0", {6, 6}));
  CHECK(holds("((-2) + L['x'].size()[0]) != 1", {6}));
  CHECK(holds("max(4, L['x'].size()[0]) > 5", {6}));
  CHECK(holds("(L['x'].size()[0] / L['y'].size()[0]) > 0.5", {6, 9}));
  CHECK(holds("Eq(L['n'], 3) or not (L['n'] < 2 and True)", {4, 4}));
  CHECK(holds("2 <= L['x'].stride()[1] - 1 < 5", {3}));
  CHECK_FALSE(holds("-L['x'].size()[0] % 4 == 3", {6}));
}

TEST_CASE("functions and infinities of SymPy and of Python's printer are understood") {
  CHECK(holds("abs((-5) + L['x'].size()[0]) == 2", {3}));
  CHECK(holds("Abs(L['x'].size()[0] - 5) == floor(L['y'].size()[0] / 2)", {3, 5}));
  CHECK(holds("ceiling((1/2)*L['x'].size()[0]) == math.ceil(L['x'].size()[0] / 2)", {5, 5}));
  CHECK(holds("round(torch.sym_float(L['x'].size()[0]) / 2.0) == 2", {5}));
  CHECK(holds("torch._sym_sqrt(torch.sym_float(L['x'].size()[0])) == 3.0", {9}));
  CHECK(holds("L['n'] <= int_oo and -int_oo < L['n']", {4, 4}));
  CHECK(holds("NegativeIntInfinity() < L['n'] and L['n'] < IntInfinity()", {4, 4}));
  CHECK(holds("(L['n'] if L['n'] > 3 else 3) == 4", {4, 4}));
  CHECK_FALSE(holds("(L['n'] if L['n'] > 3 else 3) == 4", {1, 1}));
  CHECK(text("(L['n'] if L['n'] > 3 else 3) == 4") == "(n if n > 3 else 3) == 4");
  CHECK(text("abs(L['n']) <= IntInfinity()") == "abs(n) <= IntInfinity()");
}

TEST_CASE("sources are found under every spelling of a leaf") {
  auto leaf = [](const std::string& guard) { return parse_guard(guard, kLeaves).sources[0].leaf; };
  CHECK(leaf("L['d']['k'][0].size()[1] == 3") == 2);
  CHECK(leaf("L['args'][0].size()[0] == 3") == 3);
  CHECK(leaf("L['flat_args'][1].size()[0] == 3") == 1);
  CHECK(parse_guard("L['x'].storage_offset() == 0", kLeaves).sources[0].kind ==
        GuardSource::Kind::storage_offset);
}

TEST_CASE("a guard is shown as Python unparses it") {
  CHECK(text("(L['x'].size()[0] % 2) == 0") == "x.size()[0] % 2 == 0");
  CHECK(text("L['y'].size()[0] == (2*L['x'].size()[0])") == "y.size()[0] == 2 * x.size()[0]");
  CHECK(text("((-1) + L['x'].size()[0]) == L['y'].size()[0]") == "-1 + x.size()[0] == y.size()[0]");
  CHECK(text("2*(L['x'].size()[0] // 2) >= 2") == "2 * (x.size()[0] // 2) >= 2");
}

TEST_CASE("what is outside the grammar is refused by name, and nothing is run") {
  auto refused = [](const std::string& guard) {
    CHECK_THROWS_AS(parse_guard(guard, kLeaves), UnsupportedError);
  };
  CHECK_THROWS_WITH_AS(parse_guard("__import__('os').system('true')", kLeaves),
                       "this version cannot check the program's guard "
                       "'__import__('os').system('true')': at character 0 it expects a number, a "
                       "size of an input, or a function that guards may call",
                       UnsupportedError);
  refused("L['z'].size()[0] == 1");
  refused("L['x'].size()[0] ==");
  refused("L['x'].size()[0] == 1 extra");
  refused("L['x'].size()[99999999999999999999] == 1");
  refused("L['x");
  refused("");
  refused(std::string(200, '(') + "1" + std::string(200, ')'));
  std::string chain = "1";
  for (int i = 0; i < 3000; ++i) chain += "+1";
  refused(chain);
}
