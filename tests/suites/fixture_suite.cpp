#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <roundtrip/suite.h>

#include <csignal>
#include <iostream>
#include <stdexcept>

using namespace roundtrip;

/// Shared by all tests below, under every transformation.
class FixtureSuiteTest : public Fixture {
 public:
  void set_up(TestContext&) override { scale = at::full({2}, 3.0); }
  void tear_down(TestContext&) override { std::cout << "torn down" << std::endl; }

  Module scaling() const {
    auto factor = scale;
    const auto state = [factor] {
      ModuleState declared;
      declared.constants.insert("factor", factor);
      return declared;
    };
    return Module([factor](const at::Tensor& x) { return x * factor; }, state).arg_names({"x"});
  }
  at::Tensor scale;
};

/// Prints its name and the options it sees, then goes on.
template <char kName>
class Announce final : public Transform {
 public:
  ExportedProgram export_program(const ExportFn& next, ExportCall call) const override {
    auto strict = call.options.strict;
    std::cout << kName << " strict=" << (strict ? (*strict ? "true" : "false") : "unset")
              << std::endl;
    return next(std::move(call));
  }
};
/// Prints the values of its options.
class Say final : public Transform {
 public:
  explicit Say(const OptionValues& values) : values_(values) {}
  ExportedProgram export_program(const ExportFn& next, ExportCall call) const override {
    std::cout << values_.text("word") << " " << values_.integer("times") << " "
              << values_.number("scale") << " " << values_.flag("loud") << std::endl;
    return next(std::move(call));
  }

 private:
  OptionValues values_;
};

/// Refuses whatever is exported.
class Refuse final : public Transform {
 public:
  ExportedProgram export_program(const ExportFn&, ExportCall) const override {
    throw UnsupportedError("this program is refused");
  }
};

using AnnounceA = Announce<'a'>;
using AnnounceB = Announce<'b'>;

ROUNDTRIP_PLUGIN("fixture_suite", "1.0", "A suite and transformations for the tests");
ROUNDTRIP_SUITE(FixtureSuiteTest, "Fixtures, assertions and marks");
ROUNDTRIP_TRANSFORM(AnnounceA, "announce_a", "Prints a");
ROUNDTRIP_TRANSFORM(AnnounceB, "announce_b", "Prints b");
ROUNDTRIP_TRANSFORM(Refuse, "refuse", "Throws");
ROUNDTRIP_TRANSFORM(Say, "say", "Prints its options", option("word", "hello", "what"),
                    option("times", 2, "how often"), option("scale", 1e-9, "how much"),
                    option("loud", true, "how"));

TEST(FixtureSuiteTest, test_setup, tag("quick"), threads(2)) {
  std::cout << at::get_num_threads() << " " << at::empty({}).scalar_type() << " "
            << at::randint(1000000, {}).item<int64_t>() << std::endl;
}

TEST(FixtureSuiteTest, test_uses_fixture) {
  auto program = t.export_program(scaling(), {at::ones({2})});
  CHECK(at::equal(program.run({at::ones({2})}).tensor(), scale));
}

TEST(FixtureSuiteTest, test_asks_for_non_strict) {
  t.export_program(scaling(), {at::ones({2})}, {}, {.strict = false, .dynamic_shapes = {}});
}

TEST(FixtureSuiteTest, test_two_checks_fail) {
  CHECK(1 + 1 == 3);
  CHECK(2 + 2 == 5);
}

TEST(FixtureSuiteTest, test_require_stops) {
  REQUIRE(1 + 1 == 3);
  CHECK(2 + 2 == 5);
}

TEST(FixtureSuiteTest, test_throws) {
  throw std::runtime_error("the test's own exception");
}

TEST(FixtureSuiteTest, test_crashes) {
  const Module crashing([](const at::Tensor& x) {
    std::raise(SIGSEGV);
    return x + 1;
  });
  t.export_program(crashing, {at::ones({2})});
}

TEST(FixtureSuiteTest, test_skips) {
  t.skip("there is a reason");
}

TEST(FixtureSuiteTest, test_expected_to_fail,
     xfail("first", {.reason = "it says so", .issue = "#1", .expires = "2999-01-31"})) {
  CHECK(false);
}

TEST(FixtureSuiteTest, test_marked_for_both, xfail("first"), xfail("second")) {
  CHECK(false);
}
