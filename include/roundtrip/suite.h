#pragma once

#ifdef DOCTEST_CONFIG_DISABLE
#error "DOCTEST_CONFIG_DISABLE makes all assertions nothing: no test of a suite could fail"
#endif

#include <doctest/doctest.h>
#include <roundtrip/error.h>
#include <roundtrip/transform.h>

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

namespace roundtrip {

/// What a test sees of the run it is part of.
class TestContext {
 public:
  TestContext(const TestRun& run, const OptionValues& options,
              const std::vector<const Transform*>& chain)
      : run_(run), options_(options), chain_(chain) {}

  /// `roundtrip::export_program` as this run's transformations replace it.
  ExportedProgram export_program(Module module, Values args, Kwargs kwargs = {},
                                 ExportOptions options = {}) const;

  /// Passes `program`, as if `export_program` had just made it, through the
  /// transformations: for suites whose programs come from somewhere else.
  ExportedProgram transform(const ExportedProgram& program) const;

  /// Ends the test as skipped. The reason is a sentence that a user understands.
  [[noreturn]] void skip(const std::string& reason) const;

  const std::string& test() const { return run_.test; }
  /// What the test and its class are called in this run: `test_basic_serdes_strict` and
  /// `SerDesExportTestExport`. A test that means something else under some transformations
  /// asks by these.
  const std::string& derived_name() const { return run_.derived_name; }
  const std::string& derived_class() const { return run_.derived_class; }
  /// What this run's transform adds to names, `_serdes_strict`, and its xfail property,
  /// `serdes`; each may be empty.
  const std::string& suffix() const { return run_.suffix; }
  const std::string& xfail_property() const { return run_.xfail_property; }
  const OptionValues& options() const { return options_; }

 private:
  const TestRun& run_;
  const OptionValues& options_;
  const std::vector<const Transform*>& chain_;
};

/// Base of a suite's fixture: members and helpers that its tests share. Every
/// test gets a fixture of its own, in a process of its own.
///
/// What is made once for all tests of a suite, such as a model that takes long to build, is made
/// by `static void set_up_suite(const OptionValues&)` of the class and kept in static members. It
/// is called before the first of its tests, in the process from which all of them are forked:
/// each sees what it has made, and no test sees what another changed. It may assert and run
/// operators, with one thread, seed 0 and float32 as default dtype; a thread that it leaves
/// running is an error. When it fails, all tests of the suite fail; when it throws what
/// `skip_suite` throws, they are skipped. `static void tear_down_suite()` is called after the last
/// test, where `set_up_suite` passed; when it fails, that is a fault of the run.
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

/// The same where `condition` holds, which is known when the library is loaded:
/// `xfail_if(TORCH_VERSION_MINOR < 14, "serdes")`.
inline Mark xfail_if(bool condition, std::string property, XfailDetails details = {}) {
  return condition ? xfail(std::move(property), std::move(details)) : Mark([](TestInfo&) {});
}

/// The test is listed and not run where `condition` holds, which is known when the library is
/// loaded; the reason is a sentence that a user understands.
inline Mark skip_if(bool condition, std::string reason) {
  return [condition, reason = std::move(reason)](TestInfo& info) {
    if (condition && info.skip_reason.empty()) info.skip_reason = reason;
  };
}

/// The test's operators use this many threads, and it takes as many places among the tests
/// that run at once.
inline Mark threads(std::int64_t count) {
  return [count](TestInfo& info) { info.threads = count; };
}

/// One case of a TEST_P: how its test's name ends, what the test is given, and its own marks.
template <typename Param>
struct Case {
  std::string name;
  Param param;
  std::vector<Mark> marks{};
};

/// A table of cases: `cases<int>({{"one", 1}, {"many", 64, {xfail("serdes")}}})`.
template <typename Param>
std::vector<Case<Param>> cases(std::initializer_list<Case<Param>> table) {
  return table;
}

/// Ends `set_up_suite`; all tests of the suite are skipped for this reason.
[[noreturn]] void skip_suite(const std::string& reason);

/// Sets up threads, seed and default dtype of this process.
void set_up(const TestSetup& setup);

/// Runs `body` as a test case of doctest's. A failed assertion, FAIL or FAIL_CHECK makes the
/// outcome `failed`, an exception that leaves `body` makes it `error`, and TestContext::skip
/// makes it `skipped` where nothing failed. With SUBCASEs `body` is run once for each path
/// through them, and the outcome names them. What only warns or informs is printed. Assertions
/// may fail in threads that `body` starts; they are to end before it does. Never throws.
TestOutcome run_guarded(const std::function<void()>& body);

/// The tests of a suite that are written with TEST.
class FixtureTests {
 public:
  using Body = std::function<void(TestContext&)>;
  struct Test {
    TestInfo info;
    Body body;
  };

  void add(TestInfo info, const std::vector<Mark>& marks, Body body);
  const std::vector<Test>& all() const { return tests_; }
  /// Null when there is none of this name.
  const Test* find(const std::string& name) const;

 private:
  std::vector<Test> tests_;
};

/// What a fixture does once for all tests of its suite; each may be null.
struct SuiteScope {
  void (*set_up)(const OptionValues&) = nullptr;
  void (*tear_down)() = nullptr;

  bool exists() const { return set_up != nullptr || tear_down != nullptr; }
};

/// A suite of such tests. They outlive it.
class FixtureSuite final : public Suite {
 public:
  FixtureSuite(std::string name, const FixtureTests& tests, OptionValues options, SuiteScope scope);
  std::vector<TestInfo> tests() const override;
  TestOutcome set_up_suite() const override;
  TestOutcome run(const TestRun& run, const std::vector<const Transform*>& chain) const override;
  TestOutcome tear_down_suite() const override;

 private:
  std::string name_;
  const FixtureTests& tests_;
  OptionValues options_;
  SuiteScope scope_;
};

namespace detail {

struct SkipTest {
  std::string reason;
};

/// Runs a part of the body that `run_guarded` runs; what leaves it goes to the outcome, after
/// the part's name. False where something did. Throws nothing.
bool run_phase(const std::string& name, const std::function<void()>& phase);

/// `params` is what a TEST_P is given.
template <typename Test, typename... Params>
void run_with_fixture(TestContext& context, const Params&... params) {
  Test test;
  if (!run_phase("set_up", [&] { test.set_up(context); })) return;
  run_phase("", [&] { test.body(context, params...); });
  run_phase("tear_down", [&] { test.tear_down(context); });
}

template <typename Class>
SuiteScope suite_scope() {
  SuiteScope scope;
  if constexpr (requires(const OptionValues& options) { Class::set_up_suite(options); }) {
    scope.set_up = &Class::set_up_suite;
  }
  if constexpr (requires { Class::tear_down_suite(); }) scope.tear_down = &Class::tear_down_suite;
  return scope;
}

struct RegisterTest {
  template <typename... Marks>
  RegisterTest(FixtureTests& tests, TestInfo info, FixtureTests::Body body, Marks... marks) {
    tests.add(std::move(info), {std::move(marks)...}, std::move(body));
  }
};

template <typename Param, typename... Marks>
Param param_of(const std::vector<Case<Param>>& cases, const Marks&...);

/// Registers a test for each case.
template <typename Test>
struct RegisterCases {
  template <typename Param, typename... Marks>
  RegisterCases(FixtureTests& tests, const TestInfo& info, std::vector<Case<Param>> cases,
                const Marks&... marks) {
    if (cases.empty()) throw Error("TEST_P " + info.name + " has no case, so nothing would be run");
    for (auto& [name, param, own] : cases) {
      TestInfo test = info;
      test.name += "_" + name;
      std::vector<Mark> all = {marks...};
      all.insert(all.end(), own.begin(), own.end());
      tests.add(std::move(test), all, [param = std::move(param)](TestContext& context) {
        run_with_fixture<Test>(context, param);
      });
    }
  }
};

}  // namespace detail
}  // namespace roundtrip

/// Offers the suite whose fixture is `Class` (derived from `roundtrip::Fixture`);
/// `option(...)`s may follow the description, and tests see their values as `t.options()`.
/// At namespace scope, before the first TEST of the suite; a suite spread over
/// several files has ROUNDTRIP_SUITE in one and ROUNDTRIP_SUITE_PART in the others.
#define ROUNDTRIP_SUITE(Class, description, ...)                                          \
  ::roundtrip::FixtureTests& ROUNDTRIP_CONCAT(tests_of_, Class)() {                       \
    static ::roundtrip::FixtureTests tests;                                               \
    return tests;                                                                         \
  }                                                                                       \
  static const ::roundtrip::detail::RegisterSuite ROUNDTRIP_CONCAT(register_, Class) {    \
    ::roundtrip::SuiteEntry {                                                             \
#Class, description, {__VA_ARGS__},                                                     \
          [](const std::string& name, const ::roundtrip::OptionValues& options) {             \
            return std::make_shared<const ::roundtrip::FixtureSuite>(                         \
                name, ROUNDTRIP_CONCAT(tests_of_, Class)(), options,                          \
                ::roundtrip::detail::suite_scope<Class>());                                   \
          },                                                                                  \
          ::roundtrip::detail::suite_scope<Class>().exists() \
    }                                                                                     \
  }
#define ROUNDTRIP_SUITE_PART(Class) ::roundtrip::FixtureTests& ROUNDTRIP_CONCAT(tests_of_, Class)()

/// A test: `TEST(TestExport, test_basic) { ... }`, or with marks after the name:
/// `TEST(TestExport, test_linear_conv, xfail("serdes")) { ... }`. The body sees the
/// fixture's members and `t`, the TestContext.
#define TEST(Class, test_name, ...)                                                                \
  namespace {                                                                                      \
  struct ROUNDTRIP_CONCAT(Class##_, test_name) final : Class {                                     \
    void body(::roundtrip::TestContext& t);                                                        \
  };                                                                                               \
  const ::roundtrip::detail::RegisterTest ROUNDTRIP_CONCAT(register_##Class##_, test_name){        \
      ROUNDTRIP_CONCAT(tests_of_, Class)(),                                                        \
      ::roundtrip::TestInfo{.name = #test_name, .file = __FILE__, .line = __LINE__},               \
      &::roundtrip::detail::run_with_fixture<ROUNDTRIP_CONCAT(Class##_, test_name)> __VA_OPT__(, ) \
          __VA_ARGS__};                                                                            \
  }                                                                                                \
  void ROUNDTRIP_CONCAT(Class##_, test_name)::body([[maybe_unused]] ::roundtrip::TestContext& t)

/// A test for each case of a table, called `test_name_CASE`, with marks of its own; marks for all
/// of them may follow the table. The body sees `param`, a const reference:
///
///     TEST_P(TestExport, test_conv, cases<int>({{"one", 1}, {"many", 64, {xfail("serdes")}}})) {
///       auto program = t.export_program(conv(param), ...);
///     }
///
/// The table may be any expression of type `std::vector<Case<Param>>`; without a case the library
/// does not load.
#define TEST_P(Class, test_name, ...)                                                            \
  namespace {                                                                                    \
  struct ROUNDTRIP_CONCAT(Class##_, test_name) final : Class {                                   \
    using Param = decltype(::roundtrip::detail::param_of(__VA_ARGS__));                          \
    void body(::roundtrip::TestContext& t, const Param& param);                                  \
  };                                                                                             \
  const ::roundtrip::detail::RegisterCases<ROUNDTRIP_CONCAT(Class##_, test_name)>                \
      ROUNDTRIP_CONCAT(register_##Class##_, test_name){                                          \
          ROUNDTRIP_CONCAT(tests_of_, Class)(),                                                  \
          ::roundtrip::TestInfo{.name = #test_name, .file = __FILE__, .line = __LINE__},         \
          __VA_ARGS__};                                                                          \
  }                                                                                              \
  void ROUNDTRIP_CONCAT(Class##_, test_name)::body([[maybe_unused]] ::roundtrip::TestContext& t, \
                                                   [[maybe_unused]] const Param& param)

// All of doctest's macros work in a TEST as doctest documents them, but those that declare test
// cases for its own runner (SCENARIO is made of them): nobody would run these here.
#define ROUNDTRIP_NO_TEST_CASE                                                            \
  static_assert(false,                                                                    \
                "TEST_CASE, TEST_SUITE and SCENARIO are of doctest's own runner; here a " \
                "test is TEST(Fixture, name), and may have SUBCASEs");
#define ROUNDTRIP_NO_TEST_CASE_BODY(...) \
  ROUNDTRIP_NO_TEST_CASE [[maybe_unused]] static void ROUNDTRIP_CONCAT(not_a_test_, __LINE__)()
#undef TEST_CASE
#define TEST_CASE ROUNDTRIP_NO_TEST_CASE_BODY
#undef DOCTEST_TEST_CASE
#define DOCTEST_TEST_CASE ROUNDTRIP_NO_TEST_CASE_BODY
#undef TEST_CASE_CLASS
#define TEST_CASE_CLASS ROUNDTRIP_NO_TEST_CASE_BODY
#undef DOCTEST_TEST_CASE_CLASS
#define DOCTEST_TEST_CASE_CLASS ROUNDTRIP_NO_TEST_CASE_BODY
#undef TEST_CASE_FIXTURE
#define TEST_CASE_FIXTURE ROUNDTRIP_NO_TEST_CASE_BODY
#undef DOCTEST_TEST_CASE_FIXTURE
#define DOCTEST_TEST_CASE_FIXTURE ROUNDTRIP_NO_TEST_CASE_BODY
#undef TEST_CASE_TEMPLATE
#define TEST_CASE_TEMPLATE ROUNDTRIP_NO_TEST_CASE_BODY
#undef DOCTEST_TEST_CASE_TEMPLATE
#define DOCTEST_TEST_CASE_TEMPLATE ROUNDTRIP_NO_TEST_CASE_BODY
#undef TEST_CASE_TEMPLATE_DEFINE
#define TEST_CASE_TEMPLATE_DEFINE ROUNDTRIP_NO_TEST_CASE_BODY
#undef DOCTEST_TEST_CASE_TEMPLATE_DEFINE
#define DOCTEST_TEST_CASE_TEMPLATE_DEFINE ROUNDTRIP_NO_TEST_CASE_BODY
#undef SCENARIO
#define SCENARIO ROUNDTRIP_NO_TEST_CASE_BODY
#undef DOCTEST_SCENARIO
#define DOCTEST_SCENARIO ROUNDTRIP_NO_TEST_CASE_BODY
#undef SCENARIO_CLASS
#define SCENARIO_CLASS ROUNDTRIP_NO_TEST_CASE_BODY
#undef DOCTEST_SCENARIO_CLASS
#define DOCTEST_SCENARIO_CLASS ROUNDTRIP_NO_TEST_CASE_BODY
#undef SCENARIO_TEMPLATE
#define SCENARIO_TEMPLATE ROUNDTRIP_NO_TEST_CASE_BODY
#undef DOCTEST_SCENARIO_TEMPLATE
#define DOCTEST_SCENARIO_TEMPLATE ROUNDTRIP_NO_TEST_CASE_BODY
#undef SCENARIO_TEMPLATE_DEFINE
#define SCENARIO_TEMPLATE_DEFINE ROUNDTRIP_NO_TEST_CASE_BODY
#undef DOCTEST_SCENARIO_TEMPLATE_DEFINE
#define DOCTEST_SCENARIO_TEMPLATE_DEFINE ROUNDTRIP_NO_TEST_CASE_BODY
#undef TEST_CASE_TEMPLATE_INVOKE
#define TEST_CASE_TEMPLATE_INVOKE(...) ROUNDTRIP_NO_TEST_CASE
#undef DOCTEST_TEST_CASE_TEMPLATE_INVOKE
#define DOCTEST_TEST_CASE_TEMPLATE_INVOKE(...) ROUNDTRIP_NO_TEST_CASE
#undef TEST_CASE_TEMPLATE_APPLY
#define TEST_CASE_TEMPLATE_APPLY(...) ROUNDTRIP_NO_TEST_CASE
#undef DOCTEST_TEST_CASE_TEMPLATE_APPLY
#define DOCTEST_TEST_CASE_TEMPLATE_APPLY(...) ROUNDTRIP_NO_TEST_CASE
#undef TEST_SUITE
#define TEST_SUITE(...) ROUNDTRIP_NO_TEST_CASE namespace
#undef DOCTEST_TEST_SUITE
#define DOCTEST_TEST_SUITE(...) ROUNDTRIP_NO_TEST_CASE namespace
#undef TEST_SUITE_BEGIN
#define TEST_SUITE_BEGIN(...) ROUNDTRIP_NO_TEST_CASE
#undef DOCTEST_TEST_SUITE_BEGIN
#define DOCTEST_TEST_SUITE_BEGIN(...) ROUNDTRIP_NO_TEST_CASE
#undef TEST_SUITE_END
#define TEST_SUITE_END ROUNDTRIP_NO_TEST_CASE
#undef DOCTEST_TEST_SUITE_END
#define DOCTEST_TEST_SUITE_END ROUNDTRIP_NO_TEST_CASE
