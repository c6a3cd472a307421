#include "runner/plan/plan.h"

#include <fmt/format.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <map>
#include <set>

#include "runner/plan/names.h"
#include "runner/text/nearest.h"
#include "support/plain_text.h"

namespace roundtrip {

namespace {

constexpr const char* kSkippedForXfail = "Will only be tested if no other tests are failing";

const XfailMark* find_mark(const std::vector<XfailMark>& marks, const std::string& property) {
  const auto found = std::find_if(marks.begin(), marks.end(),
                                  [&](const auto& mark) { return mark.property == property; });
  return found == marks.end() ? nullptr : &*found;
}

/// The property of a mark that holds under every run.
const std::string kEveryRun;

bool carries_another(const std::vector<XfailMark>& marks, const std::string& property) {
  return std::any_of(marks.begin(), marks.end(), [&](const auto& mark) {
    return mark.property != property && mark.property != kEveryRun;
  });
}

std::string class_of(const TestInfo& test, const std::string& suite) {
  return test.class_name.empty() ? suite : test.class_name;
}

PlannedTest derive(const TestInfo& test, const std::string& suite,
                   const TransformConfig& transform) {
  PlannedTest derived;
  derived.suite = class_of(test, suite);
  derived.test = test.name;
  derived.class_name = transform.prefix + derived.suite;
  derived.name = test.name + transform.suffix;
  derived.transform = transform.name.text;
  derived.suffix = transform.suffix;
  derived.xfail_property = transform.xfail;
  derived.marks = test.xfail;
  derived.skip_reason = test.skip_reason;
  derived.tags = test.tags;
  derived.file = test.file;
  derived.line = test.line;
  return derived;
}

XfailMark mark_of(const XfailEntry& entry) {
  return {entry.property.text, entry.reason, entry.issue, entry.expires.text};
}

/// By its marks: whether it is expected to fail, and whether its transform leaves it out.
void apply_marks(const TransformConfig& transform, PlannedTest& test) {
  const auto* mark = find_mark(test.marks, transform.xfail);
  if (mark == nullptr) mark = find_mark(test.marks, kEveryRun);
  if (mark != nullptr) test.xfail = *mark;
  const bool is_left_out =
      transform.only_if_no_xfail && carries_another(test.marks, transform.xfail);
  if (is_left_out && test.skip_reason.empty()) test.skip_reason = kSkippedForXfail;
}

/// Builds the plan run by run; asks each suite of each run for its tests once.
class Planner {
 public:
  Planner(const Config& config, const PlanRequest& request, PlanSource& source, Problems& problems)
      : config_(config), request_(request), source_(source), problems_(problems) {}

  void add(std::size_t run_index) {
    const RunConfig& run = config_.runs[run_index];
    tests_.clear();
    const Catalog& catalog = source_.catalog(run);
    for (const auto& suite : run.suites) {
      const auto call = resolve_suite(suite.text, config_, catalog);
      if (call == nullptr) continue;
      const auto& tests = tests_of(run, suite, *call);
      for (const auto& name : run.transforms) {
        const TransformConfig* transform = config_.find_transform(name.text);
        if (transform == nullptr || !is_offered(*transform, catalog)) continue;
        add(run_index, call, *transform, name.place, tests);
      }
    }
  }

  /// Every entry of `xfail` must have marked something.
  void check_xfail() {
    for (const auto& entry : config_.xfail) {
      if (entry.filter || used_.count(&entry) > 0) continue;
      const std::string nearest =
          did_you_mean(entry.test.text, {original_names_.begin(), original_names_.end()});
      problems_.add(entry.test.place, "no run has a test '" + entry.test.text + "'" + nearest);
    }
  }

  std::vector<PlannedTest> take() { return std::move(plan_); }

 private:
  static bool is_offered(const TransformConfig& transform, const Catalog& catalog) {
    return std::all_of(transform.chain.begin(), transform.chain.end(), [&](const auto& link) {
      return catalog.find_transform(link.name.text) != nullptr;
    });
  }

  /// `place` is where the run names the transform.
  void add(std::size_t run_index, const std::shared_ptr<const SuiteCall>& suite,
           const TransformConfig& transform, const Place& place,
           const std::vector<TestInfo>& tests) {
    const RunConfig& run = config_.runs[run_index];
    const auto chain = resolve_chain(transform, config_, source_.catalog(run));
    for (const auto& test : tests) {
      auto derived = derive(test, suite->name, transform);
      derived.chain = chain;
      derived.suite_call = suite;
      derived.run = run.name;
      derived.run_index = run_index;
      mark_by_filters(derived);
      apply_marks(transform, derived);
      apply_skips(derived);
      derived.settings = settings_of(derived, test, run);
      derived.quarantine = quarantine_of(derived);
      check_unique(derived, place);
      plan_.push_back(std::move(derived));
    }
  }

  /// Such filters do not ask for marks, so that one view of the test serves them all.
  void mark_by_filters(PlannedTest& derived) const {
    if (config_.xfail.empty()) return;
    const FilterSubject subject = filter_subject(derived);
    for (const auto& entry : config_.xfail) {
      const bool is_marked = entry.filter && entry.filter->matches(subject);
      if (is_marked) derived.marks.push_back(mark_of(entry));
    }
  }

  void apply_skips(PlannedTest& derived) const {
    if (config_.skip.empty() || !derived.skip_reason.empty()) return;
    const FilterSubject subject = filter_subject(derived);
    for (const auto& entry : config_.skip) {
      if (!entry.filter.matches(subject)) continue;
      derived.skip_reason = entry.reason;
      return;
    }
  }

  /// Sets the groups and the environment, too.
  TestSettings settings_of(PlannedTest& derived, const TestInfo& test, const RunConfig& run) {
    TestSettings settings;
    config_.defaults.apply_to(settings);
    if (request_.profile) request_.profile->settings.apply_to(settings);
    run.settings.apply_to(settings);
    settings.threads = std::max(settings.threads, test.threads);
    const FilterSubject subject = filter_subject(derived);
    apply_overrides(config_.overrides, subject, derived, settings);
    if (request_.profile) apply_overrides(request_.profile->overrides, subject, derived, settings);
    request_.settings.apply_to(settings);
    return settings;
  }

  void apply_overrides(const std::vector<Override>& overrides, const FilterSubject& subject,
                       PlannedTest& test, TestSettings& settings) const {
    for (const auto& entry : overrides) {
      if (!entry.filter.matches(subject)) continue;
      entry.settings.apply_to(settings);
      for (const auto& [name, value] : entry.environment) test.environment[name] = value;
      for (const auto& group : entry.groups) add_group(group.text, test);
    }
  }

  void add_group(const std::string& name, PlannedTest& test) const {
    const auto found =
        std::find_if(config_.groups.begin(), config_.groups.end(),
                     [&](const GroupEntry& group) { return group.name.text == name; });
    const auto index = static_cast<std::size_t>(found - config_.groups.begin());
    const bool is_new =
        std::find(test.groups.begin(), test.groups.end(), index) == test.groups.end();
    if (is_new) test.groups.push_back(index);
  }

  /// Of the entries that hold for the test the first.
  std::optional<Quarantine> quarantine_of(const PlannedTest& derived) const {
    if (config_.quarantine.empty()) return std::nullopt;
    const FilterSubject subject = filter_subject(derived);
    for (const auto& entry : config_.quarantine) {
      const bool is_over = entry.expires.text <= request_.day;
      if (is_over || !entry.filter.matches(subject)) continue;
      return Quarantine{entry.reason, entry.issue, entry.expires.text};
    }
    return std::nullopt;
  }

  /// Names may come from files; those with control characters are refused.
  bool is_printable(const TestInfo& test, const Name& suite) {
    const std::string name = test.class_name + test.name;
    if (!has_controls(name)) return true;
    problems_.add(suite.place,
                  fmt::format("suite '{}' has a test '{}', whose name has control characters",
                              suite.text, name));
    return false;
  }

  void check_names_of(const std::vector<TestInfo>& tests, const Name& suite) {
    std::set<std::string> names;
    for (const auto& test : tests) {
      const std::string name = class_of(test, suite.text) + "." + test.name;
      if (names.insert(name).second) continue;
      problems_.add(suite.place, fmt::format("suite '{}' has two tests '{}'", suite.text, name));
    }
  }

  const std::vector<TestInfo>& tests_of(const RunConfig& run, const Name& suite,
                                        const SuiteCall& call) {
    const auto known = tests_.find(suite.text);
    if (known != tests_.end()) return known->second;
    auto& tests = tests_[suite.text];
    try {
      tests = source_.list_tests(run, call);
    } catch (const Error& error) {
      problems_.add(suite.place, fmt::format("suite '{}': {}", suite.text, error.what()));
    }
    std::erase_if(tests, [&](const TestInfo& test) { return !is_printable(test, suite); });
    check_names_of(tests, suite);
    for (auto& test : tests) add_marks(class_of(test, suite.text) + "." + test.name, test);
    return tests;
  }

  /// The marks that the configuration gives the test.
  void add_marks(const std::string& original_name, TestInfo& test) {
    original_names_.insert(original_name);
    for (const auto& entry : config_.xfail) {
      if (entry.filter || entry.test.text != original_name) continue;
      used_.insert(&entry);
      test.xfail.push_back(mark_of(entry));
    }
  }

  void check_unique(const PlannedTest& test, const Place& place) {
    const std::string origin = fmt::format("test '{}' of suite '{}' under transform '{}'",
                                           test.test, test.suite, test.transform);
    const auto [first, added] = origins_.emplace(test.id(), origin);
    if (added || !clashes_.insert(place.text()).second) return;
    problems_.add(place,
                  fmt::format("two tests would be called {}: {}, and {}; give the transforms "
                              "different prefixes or suffixes, or the runs names",
                              test.id(), first->second, origin));
  }

  const Config& config_;
  const PlanRequest& request_;
  PlanSource& source_;
  Problems& problems_;
  std::map<std::string, std::vector<TestInfo>> tests_;
  std::map<std::string, std::string> origins_;
  /// Where two transforms make the same names, all their tests clash: it is said once.
  std::set<std::string> clashes_;
  std::set<std::string> original_names_;
  std::set<const XfailEntry*> used_;
  std::vector<PlannedTest> plan_;
};

}  // namespace

std::string PlannedTest::base_id() const {
  return run.empty() ? full_name() : run + " " + full_name();
}

std::string PlannedTest::id() const {
  return repetition == 1 ? base_id() : fmt::format("{} #{}", base_id(), repetition);
}

std::string PlannedTest::repeated_name() const {
  return repetition == 1 ? name : fmt::format("{} #{}", name, repetition);
}

TestRun test_run(const PlannedTest& test) {
  return {test.test,
          test.suite,
          test.name,
          test.class_name,
          test.suffix,
          test.xfail_property,
          {test.settings.threads, test.settings.seed, test.settings.dtype}};
}

FilterSubject filter_subject(const PlannedTest& test) {
  FilterSubject subject;
  subject.names = {test.full_name(), test.suite + "." + test.test};
  subject.suites = {test.class_name, test.suite};
  if (test.suite_call && test.suite_call->name != test.suite) {
    subject.suites.push_back(test.suite_call->name);
  }
  subject.transform = test.transform;
  subject.run = test.run;
  subject.tags = test.tags;
  for (const auto& mark : test.marks) subject.xfail.push_back(mark.property);
  return subject;
}

std::vector<PlannedTest> make_plan(const Config& config, const PlanRequest& request,
                                   PlanSource& source, Problems& problems) {
  check_names(config, source, problems);
  const bool is_whole = problems.empty();
  Planner planner(config, request, source, problems);
  for (std::size_t i = 0; i < config.runs.size(); ++i) planner.add(i);
  if (is_whole) planner.check_xfail();  // or tests are missing because of what is said already
  return planner.take();
}

}  // namespace roundtrip
