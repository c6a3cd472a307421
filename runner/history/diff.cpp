#include "runner/history/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "runner/history/circumstances.h"
#include "runner/text/steady_message.h"

namespace roundtrip {

namespace {

bool fails(const PastResult& result) {
  switch (result.outcome) {
    case Outcome::failed:
    case Outcome::error:
    case Outcome::crashed:
    case Outcome::timed_out:
      return true;
    default:
      return result.is_bad;
  }
}

bool is_xfail(const PastResult& result) {
  return result.outcome == Outcome::xfailed || result.outcome == Outcome::xpassed;
}

bool has_other_message(const PastResult& before, const PastResult& after) {
  return before.outcome != after.outcome ||
         steady_message(before.message) != steady_message(after.message);
}

/// Of two results that both are not bad.
std::optional<ChangeKind> change_of_good(const PastResult& before, const PastResult& after,
                                         const std::function<bool(const std::string&)>& was_flaky) {
  const bool was_skipped = before.outcome == Outcome::skipped;
  const bool is_skipped = after.outcome == Outcome::skipped;
  if (was_skipped != is_skipped) return ChangeKind::skip;
  if (is_skipped) {
    return has_other_message(before, after) ? std::optional(ChangeKind::skip) : std::nullopt;
  }
  if (fails(before) != fails(after)) return ChangeKind::quarantine;
  if (fails(after)) {
    return has_other_message(before, after) ? std::optional(ChangeKind::message) : std::nullopt;
  }
  if (is_xfail(before) || is_xfail(after)) {
    if (before.outcome != after.outcome) return ChangeKind::xfail;
    return has_other_message(before, after) ? std::optional(ChangeKind::message) : std::nullopt;
  }
  const bool is_new = after.outcome == Outcome::flaky && before.outcome != Outcome::flaky;
  return is_new && !was_flaky(after.id) ? std::optional(ChangeKind::newly_flaky) : std::nullopt;
}

std::optional<ChangeKind> change_of(const PastResult& before, const PastResult& after,
                                    const std::function<bool(const std::string&)>& was_flaky) {
  if (after.is_bad && !before.is_bad) return ChangeKind::newly_failing;
  if (after.is_bad) {
    return has_other_message(before, after) ? std::optional(ChangeKind::message) : std::nullopt;
  }
  if (!before.is_bad) return change_of_good(before, after, was_flaky);
  if (after.outcome == Outcome::skipped) return ChangeKind::skip;
  if (is_xfail(after)) return ChangeKind::xfail;
  return fails(after) ? ChangeKind::quarantine : ChangeKind::fixed;
}

bool has_time(const PastResult& result) {
  return !fails(result) && result.outcome != Outcome::skipped;
}

/// A test with its times in both runs.
struct Timed {
  const PastResult* before;
  const PastResult* after;
  UsualTime time_before;
  UsualTime time_after;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// How much longer the tests took by the median: that much is due to the machine.
double common_factor(const std::vector<Timed>& tests) {
  constexpr double kShortest = 0.02;   // seconds; shorter times are noise
  constexpr std::size_t kFewest = 20;  // of fewer tests each may have its own reason
  std::vector<double> factors;
  for (const auto& test : tests) {
    if (test.time_before.seconds < kShortest) continue;
    factors.push_back(test.time_after.seconds / test.time_before.seconds);
  }
  return factors.size() < kFewest ? 1 : std::max(1.0, median(std::move(factors)));
}

bool is_slower(const Timed& test, double factor) {
  constexpr std::size_t kNights = 3;
  const bool is_sure = test.time_before.runs >= kNights && test.time_after.runs >= kNights;
  const double least_factor = is_sure ? 1.5 : 2;
  const double least_seconds = is_sure ? 0.2 : 1;
  const double expected = test.time_before.seconds * factor;
  return test.time_after.seconds >= expected * least_factor &&
         test.time_after.seconds >= expected + least_seconds;
}

/// Goes through the results of both runs side by side.
class Comparison {
 public:
  Comparison(const ComparedRun& before, const ComparedRun& after,
             const std::function<bool(const std::string&)>& was_flaky)
      : before_(before), after_(after), was_flaky_(was_flaky) {
    is_same_machine_ = before.run.environment.cpu == after.run.environment.cpu &&
                       before.run.environment.cores == after.run.environment.cores;
    is_same_choice_ = before.run.part.selection == after.run.part.selection &&
                      before.run.part.shard.index == after.run.part.shard.index &&
                      before.run.part.shard.total == after.run.part.shard.total &&
                      before.run.part.is_lasting && after.run.part.is_lasting;
  }

  RunDiff run() {
    diff_.circumstances = circumstances(before_.run, after_.run);
    auto old = before_.results.begin();
    for (const auto& result : after_.results) {
      for (; old != before_.results.end() && old->id < result.id; ++old) lost(*old);
      const bool is_in_both = old != before_.results.end() && old->id == result.id;
      is_in_both ? both(*old++, result) : found(result);
    }
    for (; old != before_.results.end(); ++old) lost(*old);
    add_slower();
    add_notes();
    std::stable_sort(diff_.changes.begin(), diff_.changes.end(),
                     [](const auto& a, const auto& b) { return a.kind < b.kind; });
    return std::move(diff_);
  }

 private:
  void both(const PastResult& before, const PastResult& after) {
    ++diff_.compared;
    if (const auto kind = change_of(before, after, was_flaky_)) {
      diff_.changes.push_back({*kind, &before, &after});
    } else if (is_same_machine_ && has_time(before) && has_time(after) &&
               *before.settings == *after.settings) {
      timed_.push_back({&before, &after, usual_time(before_, before), usual_time(after_, after)});
    }
  }

  /// Whether a run that lacks the test would have had it, were it there.
  bool would_have(const ComparedRun& run, const PastResult& result) const {
    const bool is_chosen = run.run.part.facts.count(result.cell) > 0;
    const auto& all = run.run.part.runs;
    const bool is_left_out =
        !is_chosen && std::find(all.begin(), all.end(), result.cell) != all.end();
    return is_same_choice_ && !is_left_out;
  }

  void lost(const PastResult& result) {
    if (!would_have(after_, result)) {
      ++unknown_;
    } else {
      const bool is_cut = !after_.run.cut_short.empty();
      diff_.changes.push_back({is_cut ? ChangeKind::not_run : ChangeKind::gone, &result, nullptr});
    }
  }

  void found(const PastResult& result) {
    if (would_have(before_, result) && before_.run.cut_short.empty()) {
      const auto kind = result.is_bad ? ChangeKind::newly_failing : ChangeKind::added;
      diff_.changes.push_back({kind, nullptr, &result});
    } else {
      ++unknown_;
      unknown_bad_ += result.is_bad ? 1 : 0;
    }
  }

  void add_slower() {
    factor_ = common_factor(timed_);
    for (const auto& test : timed_) {
      if (!is_slower(test, factor_)) continue;
      diff_.changes.push_back({ChangeKind::slower, test.before, test.after,
                               test.time_before.seconds, test.time_after.seconds});
    }
  }

  void add_notes() {
    constexpr double kWorthSaying = 1.2;
    const auto note = [&](std::string sentence) { diff_.notes.push_back(std::move(sentence)); };
    for (const auto* run : {&before_.run, &after_.run}) {
      if (!run->cut_short.empty())
        note(fmt::format("{} was cut short: {}", run->name, run->cut_short));
    }
    if (unknown_ > 0) {
      note(fmt::format(
          "{} {} in one of the runs only, which chose other tests or was cut short{}", unknown_,
          unknown_ == 1 ? "test is" : "tests are",
          unknown_bad_ > 0 ? fmt::format("; {} of them failing now", unknown_bad_) : ""));
    }
    if (!is_same_machine_) note("times are not compared: the machines are not the same");
    if (factor_ >= kWorthSaying) {
      note(
          fmt::format("the tests took {:.1f} times as long (median); slower is who took longer "
                      "than that",
                      factor_));
    }
  }

  const ComparedRun& before_;
  const ComparedRun& after_;
  const std::function<bool(const std::string&)>& was_flaky_;
  bool is_same_machine_ = false;
  bool is_same_choice_ = false;
  std::vector<Timed> timed_;
  double factor_ = 1;
  std::size_t unknown_ = 0;
  std::size_t unknown_bad_ = 0;
  RunDiff diff_;
};

}  // namespace

const std::array<ChangeInfo, 11>& all_changes() {
  using Kind = ChangeKind;
  static const std::array<ChangeInfo, 11> changes = {{
      {Kind::newly_failing, "newly_failing", "Newly failing", true},
      {Kind::newly_flaky, "newly_flaky", "Newly flaky", true},
      {Kind::slower, "slower", "Slower", true},
      {Kind::not_run, "not_run", "Not run", true},
      {Kind::fixed, "fixed", "Fixed", false},
      {Kind::added, "new", "New", false},
      {Kind::gone, "gone", "Gone", false},
      {Kind::message, "changed_message", "Changed message", false},
      {Kind::skip, "changed_skip", "Changed skip", false},
      {Kind::xfail, "changed_xfail", "Changed expected failure", false},
      {Kind::quarantine, "changed_in_quarantine", "Changed in quarantine", false},
  }};
  return changes;
}

std::size_t RunDiff::count(ChangeKind kind) const {
  return static_cast<std::size_t>(std::count_if(
      changes.begin(), changes.end(), [&](const auto& change) { return change.kind == kind; }));
}

bool RunDiff::is_worse() const {
  return std::any_of(changes.begin(), changes.end(), [](const auto& change) {
    return all_changes()[static_cast<std::size_t>(change.kind)].is_worse;
  });
}

bool RunDiff::has_lost() const {
  return std::any_of(changes.begin(), changes.end(), [](const auto& change) {
    return change.kind == ChangeKind::gone ||
           (change.kind == ChangeKind::skip && change.before->outcome != Outcome::skipped);
  });
}

RunDiff compare(const ComparedRun& before, const ComparedRun& after,
                const std::function<bool(const std::string&)>& was_flaky) {
  return Comparison(before, after, was_flaky).run();
}

UsualTime usual_time(const ComparedRun& run, const PastResult& result) {
  std::vector<double> seconds = {result.seconds};
  for (const auto& earlier : run.earlier) {
    const PastResult* other = find_result(earlier, result.id);
    if (other == nullptr || !has_time(*other) || *other->settings != *result.settings) continue;
    seconds.push_back(other->seconds);
  }
  const std::size_t count = seconds.size();
  return {median(std::move(seconds)), count};
}

}  // namespace roundtrip
