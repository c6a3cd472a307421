#include "export/symbolic/env/shape_env.h"

#include <doctest/doctest.h>

#include <functional>
#include <limits>
#include <string>

#include "export/symbolic/expr/algebra.h"

using namespace roundtrip;

namespace {

SizeConstraint automatic() {
  return {SizeConstraint::Kind::automatic, {}, {}, {}, {}, 1, 0, {}, {}};
}

SizeConstraint named(const std::string& name, std::int64_t min = 0) {
  return {SizeConstraint::Kind::named, name, min, {}, {}, 1, 0, {}, {}};
}

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const CaptureError& error) {
    return error.what();
  }
  return "nothing thrown";
}

const char* const kX = "L['x'].size()[0]";
const char* const kY = "L['y'].size()[0]";

}  // namespace

TEST_CASE("symbols are named as in Python, and 0 and 1 are none") {
  ShapeEnv env;
  CHECK(to_string(env.add_input(kX, 4, automatic())) == "s77");
  CHECK(to_string(env.add_input(kY, 4, automatic())) == "s17");
  CHECK(to_string(env.add_input("L['x'].size()[1]", 1, automatic())) == "1");
  CHECK(to_string(env.add_input("L['x'].size()[2]", 8, {})) == "8");
  CHECK(to_string(env.new_unbacked_int(3)) == "u0");
  CHECK(to_string(env.new_unbacked_bool(true)) == "Eq(u1, 1)");
  CHECK(to_string(env.new_unbacked_float(0.5)) == "zuf0");
}

TEST_CASE("a guard is asked for once, and an equality replaces a symbol") {
  ShapeEnv env;
  auto x = env.add_input(kX, 4, automatic()), y = env.add_input(kY, 4, automatic());
  CHECK(env.guard(greater(x, integer(1))));
  CHECK(env.guards_code().empty());
  CHECK(env.guard(equal(x, y)));
  CHECK(env.guard(equal(y, x)));
  CHECK(to_string(env.simplify(add(x, integer(1)))) == "s17 + 1");
  CHECK_FALSE(env.guard(greater(x, integer(9))));
  CHECK(env.guards_code() ==
        std::vector<std::string>{"L['x'].size()[0] == L['y'].size()[0]", "L['y'].size()[0] <= 9"});
  auto ranges = env.range_constraints();
  REQUIRE(ranges.size() == 1);
  CHECK(ranges[0].expr == "s17");
  CHECK(ranges[0].max == 9);
}

TEST_CASE("a size that is read is specialised, and said so") {
  ShapeEnv env;
  auto x = env.add_input(kX, 4, named("dx"));
  CHECK(std::get<std::int64_t>(env.specialize(add(x, x))) == 8);
  REQUIRE(env.warnings().size() == 1);
  CHECK(env.warnings()[0].starts_with("2*s77 was read as a plain number"));
  ShapeEnv other;
  auto y = other.add_input(kX, 4, named("dx"));
  other.specialize(y);
  REQUIRE(other.warnings().size() == 1);
  CHECK(other.warnings()[0].starts_with("L['x'].size()[0] was read as a plain number"));
  CHECK(message_of([&] { other.check_constraints(); }).find("Suggested fixes:\n  dx = 4") !=
        std::string::npos);
}

TEST_CASE("what only data decides cannot be branched on, until it is known") {
  ShapeEnv env;
  auto u0 = env.new_unbacked_int(5);
  CHECK(message_of([&] { env.guard(greater(u0, integer(3))); })
            .starts_with("Could not guard on data-dependent expression u0 > 3 (unhinted: u0 > "
                         "3).  (Size-like symbols: none)"));
  CHECK_THROWS_AS(env.specialize(u0), DataDependentError);
  env.require(greater_equal(u0, integer(4)));
  CHECK(env.guard(greater(u0, integer(3))));
  CHECK(env.range_of(u0).first == 4);
  CHECK(env.deferred_asserts().empty());
  env.require(equal(modulo(u0, integer(5)), integer(0)), "whole fives");
  REQUIRE(env.deferred_asserts().size() == 1);
  CHECK(env.deferred_asserts()[0].message == "whole fives");
  CHECK_THROWS_AS(env.require(less(u0, integer(2))), CaptureError);
}

TEST_CASE("relations between several symbols are proved, and nothing is taken as true") {
  ShapeEnv env;
  auto u0 = env.new_unbacked_int(4), u1 = env.new_unbacked_int(5), u2 = env.new_unbacked_int(9);
  CHECK_FALSE(env.statically_known(less(u0, u2)));
  env.require(less(u0, u1));
  env.require(less(u1, u2));
  CHECK(env.statically_known(less(u0, u2)) == true);
  CHECK(env.statically_known(less_equal(u2, add(u0, integer(1)))) == false);
  CHECK_FALSE(env.statically_known(less(multiply(integer(3), u0), u2)));
  env.require(equal(modulo(u0, integer(4)), integer(0)));
  CHECK(env.statically_known(equal(modulo(u0, integer(2)), integer(0))) == true);
}

TEST_CASE("floats are left unanswered") {
  ShapeEnv env;
  auto f = env.new_unbacked_float(0.5);
  CHECK_FALSE(env.statically_known(less(f, floating(1))));
  auto x = env.add_input(kX, 4, automatic());
  CHECK_FALSE(env.statically_known(less(int_true_divide(x, integer(2)), floating(7))));
}

TEST_CASE("conditions on sizes are asserted where that is preferred to guards") {
  ShapeEnv env({false, /*prefer_deferred_runtime_asserts=*/true});
  auto x = env.add_input(kX, 9, automatic()), y = env.add_input(kY, 12, automatic());
  CHECK(env.guard(equal(natural_modulo(x, integer(3)), integer(0))));
  CHECK(env.guard(greater_equal(x, integer(6))));    // told by the range
  CHECK_FALSE(env.guard(equal(multiply(x, x), y)));  // no dimension is a square
  CHECK_FALSE(env.guard(equal(multiply(x, x), y)));  // asked for once
  env.require(less(add(x, y), integer(40)));
  CHECK(message_of([&] { env.require(equal(x, integer(5))); }) ==
        "Runtime assertion failed for expression Eq(s77, 5)");
  CHECK(env.guards().empty());
  CHECK(env.range_of(x).first == 6);
  std::string asserted;
  for (const auto& deferred : env.deferred_asserts())
    asserted += to_string(deferred.condition) + "; ";
  CHECK(asserted == "Eq(Mod(s77, 3), 0); Ne(s77**2, s17); s17 + s77 < 40; ");
}

TEST_CASE("asked dimensions at the end of 64 bits are refused, not computed wrongly") {
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  ShapeEnv env;
  const SizeConstraint asked{
      SizeConstraint::Kind::derived, "far", {}, {}, "root", 2, kLeast, {}, {}};
  CHECK(message_of([&] { env.add_input(kX, 4, asked); }).starts_with("Expected shape[0] = 4"));
  auto u = env.new_unbacked_int(3);
  env.require(greater_equal(u, integer(kLeast + 2)));
  env.require(less_equal(u, integer(std::numeric_limits<std::int64_t>::max() - 2)));
  CHECK_FALSE(env.statically_known(less(add(u, integer(1)), integer(0))));
}
