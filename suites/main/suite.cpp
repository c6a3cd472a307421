#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/core/DefaultDtype.h>
#include <roundtrip/suite.h>

#include <algorithm>
#include <map>

namespace roundtrip {

void set_up(const TestSetup& setup) {
  static const std::map<std::string, at::ScalarType> kDtypes = {{"float32", at::kFloat},
                                                                {"float64", at::kDouble},
                                                                {"float16", at::kHalf},
                                                                {"bfloat16", at::kBFloat16}};
  const int threads = static_cast<int>(setup.threads);
  if (at::get_num_threads() != threads) at::set_num_threads(threads);
  c10::set_default_dtype(c10::scalarTypeToTypeMeta(kDtypes.at(setup.dtype)));
  at::manual_seed(static_cast<std::uint64_t>(setup.seed));
}

ExportedProgram TestContext::export_program(Module module, Values args, Kwargs kwargs,
                                            ExportOptions options) const {
  ExportCall call{std::move(module), std::move(args), std::move(kwargs), std::move(options)};
  return apply_transforms(chain_, std::move(call), [](ExportCall inner) {
    return roundtrip::export_program(std::move(inner));
  });
}

ExportedProgram TestContext::transform(const ExportedProgram& program) const {
  return apply_transforms(chain_, program);
}

void TestContext::skip(const std::string& reason) const {
  throw detail::SkipTest{reason};
}

void skip_suite(const std::string& reason) {
  throw detail::SkipTest{reason};
}

void FixtureTests::add(TestInfo info, const std::vector<Mark>& marks, Body body) {
  for (const auto& mark : marks) mark(info);
  tests_.push_back({std::move(info), std::move(body)});
}

const FixtureTests::Test* FixtureTests::find(const std::string& name) const {
  const auto found = std::find_if(tests_.begin(), tests_.end(),
                                  [&](const Test& test) { return test.info.name == name; });
  return found == tests_.end() ? nullptr : &*found;
}

FixtureSuite::FixtureSuite(std::string name, const FixtureTests& tests, OptionValues options,
                           SuiteScope scope)
    : name_(std::move(name)), tests_(tests), options_(std::move(options)), scope_(scope) {
}

TestOutcome FixtureSuite::set_up_suite() const {
  if (scope_.set_up == nullptr) return {};
  return run_guarded([&] {
    set_up(TestSetup{});
    scope_.set_up(options_);
  });
}

TestOutcome FixtureSuite::tear_down_suite() const {
  return scope_.tear_down == nullptr ? TestOutcome{} : run_guarded(scope_.tear_down);
}

std::vector<TestInfo> FixtureSuite::tests() const {
  std::vector<TestInfo> infos;
  for (const auto& test : tests_.all()) infos.push_back(test.info);
  return infos;
}

TestOutcome FixtureSuite::run(const TestRun& run,
                              const std::vector<const Transform*>& chain) const {
  const auto* test = tests_.find(run.test);
  if (test == nullptr) {
    return {TestOutcome::Status::error, "suite " + name_ + " has no test '" + run.test + "'"};
  }
  TestContext context(run, options_, chain);
  return run_guarded([&] {
    set_up(run.setup);
    test->body(context);
  });
}

}  // namespace roundtrip
