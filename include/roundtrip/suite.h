#pragma once

#include <doctest/doctest.h>
#include <roundtrip/error.h>
#include <roundtrip/transform.h>

#include <functional>
#include <string>
#include <vector>

namespace roundtrip {

/// What a test sees of the run it is part of.
class TestContext {
 public:
  TestContext(std::string test, const SuiteOptions& options,
              const std::vector<const Transform*>& chain);

  /// `roundtrip::export_program` as this run's transformations replace it.
  ExportedProgram export_program(Module module, Values args, Kwargs kwargs = {},
                                 ExportOptions options = {}) const;

  /// Passes `program`, as if `export_program` had just made it, through the
  /// transformations: for suites whose programs come from somewhere else.
  ExportedProgram transform(const ExportedProgram& program) const;

  /// Ends the test as skipped. The reason is a sentence that a user understands.
  [[noreturn]] void skip(const std::string& reason) const;

  const std::string& test() const { return test_; }
  const SuiteOptions& options() const { return options_; }

 private:
  std::string test_;
  const SuiteOptions& options_;
  const std::vector<const Transform*>& chain_;
};

/// Base of a suite's fixture: members and helpers that its tests share. Every
/// test gets a fixture of its own, in a process of its own.
class Fixture {
 public:
  virtual ~Fixture() = default;
  virtual void set_up(TestContext&) {}
  virtual void tear_down(TestContext&) {}
};

/// Marks of a test, given after its name in TEST: each changes what the runner is told.
using Mark = std::function<void(TestInfo&)>;

/// What may be said of an expected failure; each may be left out.
struct XfailDetails {
  std::string reason{};   ///< why it fails
  std::string issue{};    ///< where that is worked on
  std::string expires{};  ///< `2027-01-31`: from this day on the mark is an error
};

/// The test is expected to fail under runs with this xfail property:
/// `xfail("serdes", {.reason = "...", .issue = "..."})`.
inline Mark xfail(std::string property, XfailDetails details = {}) {
  return [mark = XfailMark{std::move(property), std::move(details.reason), std::move(details.issue),
                           std::move(details.expires)}](TestInfo& info) {
    info.xfail.push_back(mark);
  };
}

/// Filters find the test by this word: `--filter 'tag(slow)'`.
inline Mark tag(std::string word) {
  return [word = std::move(word)](TestInfo& info) { info.tags.push_back(word); };
}

/// The test's operators use this many threads, and it takes as many places among the tests
/// that run at once.
inline Mark threads(std::int64_t count) {
  return [count](TestInfo& info) { info.threads = count; };
}

/// Sets up threads, seed and default dtype of this process.
void set_up(const TestSetup& setup);

/// Runs `body` with doctest's assertions reporting to the result: a failed
/// assertion is `failed`, an exception that leaves `body` is `error`.
TestOutcome run_guarded(const std::function<void()>& body);

/// A suite whose tests are written with TEST.
class FixtureSuite final : public SuiteEntry {
 public:
  using Body = std::function<void(TestContext&)>;

  FixtureSuite(std::string name, std::string description);
  void add(TestInfo info, const std::vector<Mark>& marks, Body body);

  std::string name() const override { return name_; }
  std::string description() const override { return description_; }
  std::vector<TestInfo> tests(const SuiteOptions&) const override;
  TestOutcome run(const std::string& test, const SuiteOptions& options,
                  const std::vector<const Transform*>& chain,
                  const TestSetup& setup) const override;

 private:
  struct Test {
    TestInfo info;
    Body body;
  };
  std::string name_;
  std::string description_;
  std::vector<Test> tests_;
};

namespace detail {

struct SkipTest {
  std::string reason;
};

template <typename Test>
void run_with_fixture(TestContext& context) {
  Test test;
  test.set_up(context);
  try {
    test.body(context);
  } catch (...) {
    test.tear_down(context);
    throw;
  }
  test.tear_down(context);
}

struct RegisterTest {
  template <typename... Marks>
  RegisterTest(FixtureSuite& suite, TestInfo info, FixtureSuite::Body body, Marks... marks) {
    suite.add(std::move(info), {std::move(marks)...}, std::move(body));
  }
};

}  // namespace detail
}  // namespace roundtrip

/// Offers the suite whose fixture is `Class` (derived from `roundtrip::Fixture`).
/// At namespace scope, before the first TEST of the suite; a suite spread over
/// several files has ROUNDTRIP_SUITE in one and ROUNDTRIP_SUITE_PART in the others.
#define ROUNDTRIP_SUITE(Class, description)                                            \
  ::roundtrip::FixtureSuite& ROUNDTRIP_CONCAT(suite_, Class)() {                       \
    static ::roundtrip::FixtureSuite suite{#Class, description};                       \
    return suite;                                                                      \
  }                                                                                    \
  static const ::roundtrip::detail::RegisterSuite ROUNDTRIP_CONCAT(register_, Class) { \
    ROUNDTRIP_CONCAT(suite_, Class)()                                                  \
  }
#define ROUNDTRIP_SUITE_PART(Class) ::roundtrip::FixtureSuite& ROUNDTRIP_CONCAT(suite_, Class)()

/// A test: `TEST(TestExport, test_basic) { ... }`, or with marks after the name:
/// `TEST(TestExport, test_linear_conv, xfail("serdes")) { ... }`. The body sees the
/// fixture's members and `t`, the TestContext.
#define TEST(Class, test_name, ...)                                                                \
  namespace {                                                                                      \
  struct ROUNDTRIP_CONCAT(Class##_, test_name) final : Class {                                     \
    void body(::roundtrip::TestContext& t);                                                        \
  };                                                                                               \
  const ::roundtrip::detail::RegisterTest ROUNDTRIP_CONCAT(register_##Class##_, test_name){        \
      ROUNDTRIP_CONCAT(suite_, Class)(),                                                           \
      ::roundtrip::TestInfo{.name = #test_name, .file = __FILE__, .line = __LINE__},               \
      &::roundtrip::detail::run_with_fixture<ROUNDTRIP_CONCAT(Class##_, test_name)> __VA_OPT__(, ) \
          __VA_ARGS__};                                                                            \
  }                                                                                                \
  void ROUNDTRIP_CONCAT(Class##_, test_name)::body([[maybe_unused]] ::roundtrip::TestContext& t)
