#include "export/capture/generalize/generalize.h"

#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

#include <algorithm>

#include "export/capture/forward/tracer.h"
#include "export/capture/generalize/call_log.h"
#include "export/capture/generalize/size_runs.h"
#include "export/capture/generalize/size_substitution.h"
#include "export/capture/generalize/size_variables.h"
#include "export/capture/inputs/input_constraints.h"
#include "export/dispatch/operator_failure.h"
#include "export/symbolic/expr/algebra.h"

namespace roundtrip {
namespace {

/// Forward runs at so many other values of a size, if it has as many.
constexpr std::size_t kManyValues = 6;
/// That tell enough, where an operator fails at others.
constexpr std::size_t kEnoughValues = 3;
/// Two are enough to see that a size may vary at all.
constexpr std::size_t kSomeValues = 2;
/// The end of a range is tried up to this, and expressions are told apart.
constexpr std::int64_t kLargestEnd = 1024;
constexpr std::int64_t kLargestTelling = 64;

void add_once(std::vector<std::int64_t>& values, std::int64_t value, const SizeVariable& variable) {
  if (value < variable.min || value > variable.max || value == variable.example) return;
  if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
}

/// Values of a size to try, the most telling first: ends of the range, neighbours and multiples of
/// the example, primes and what is around powers of two.
std::vector<std::int64_t> values_to_try(const SizeVariable& variable) {
  std::vector<std::int64_t> values;
  const std::int64_t example = variable.example;
  add_once(values, variable.min, variable);
  if (variable.max <= kLargestEnd) add_once(values, variable.max, variable);
  for (const std::int64_t value : {example + 1, 2 * example, example - 1, 3 * example})
    add_once(values, value, variable);
  for (const std::int64_t value : {2, 3, 5, 7, 4, 8, 9, 16, 17, 11, 13})
    add_once(values, value, variable);
  return values;
}

std::string not_general_text(const NotGeneral& reason) {
  return std::string("Sizes that forward reads as plain integers are not generalised: ") +
         reason.what();
}

/// Variables by their places, in order.
using Group = std::vector<std::size_t>;

}  // namespace

/// Runs of forward at other sizes, and what they say of the integers in it.
class GeneralizingTracer::Generalization {
 public:
  Generalization(const ExportCall& call, ShapeEnv& first_run)
      : call_(call), variables_(call, input_constraints(call)), runs_(call, variables_) {
    variables_.join_related(first_run);
    fix_automatic(first_run);
    if (variables_.all().empty()) {
      throw NotGeneral("no size can vary: " + c10::Join("; ", reasons_));
    }
    is_proven_ = variables_.count_up_to(call.options.max_generalizing_captures) <=
                 call.options.max_generalizing_captures;
  }

  /// Whether forward runs at every size in the range.
  bool is_proven() const { return is_proven_; }

  Trace trace() {
    run_at_sizes();
    while (true) {
      substitution_ = std::make_unique<SizeSubstitution>(runs_.logs(), runs_.sizes());
      std::optional<Trace> trace;
      try {
        trace = trace_with(*substitution_, call_);
      } catch (const CaptureError& error) {
        throw NotGeneral(error.what());
      }
      if (!tell_apart()) return with_warnings(std::move(*trace));
    }
  }

  Trace trace_again(const ExportCall& other) const {
    SizeSubstitution substitution(runs_.logs(), runs_.sizes());
    return trace_with(substitution, other);
  }

 private:
  // ---- which sizes vary, and where forward runs ---------------------------

  /// Sizes that were only allowed to be dynamic become one with others of the same size, or static,
  /// if forward does not run at others, or does something else there.
  void fix_automatic(const ShapeEnv& first_run) {
    for (std::size_t i = variables_.all().size(); i-- > 0;) {
      if (variables_.all()[i].is_asked) continue;
      const std::string text = variables_.all()[i].text;
      const auto reason = why_static({i});
      if (!reason) continue;
      const std::size_t count = variables_.all().size();
      if (join_with_others(i, first_run)) {
        i -= count - variables_.all().size() - 1;  // of those that went, one was this
        continue;
      }
      reasons_.push_back(text + " stays static, for " + *reason);
      variables_.fix(i);
    }
    runs_.forget_others();
  }

  /// False if it cannot vary with others either.
  bool join_with_others(std::size_t variable, const ShapeEnv& first_run) {
    for (const Group& others : groups_of_size(variable)) {
      Group group = others;
      group.push_back(variable);
      if (why_static(group)) continue;
      // From the last on: the places of those before stay.
      for (std::size_t i = group.size(); i-- > 1;) {
        variables_.join(group.front(), group[i], first_run);
      }
      return true;
    }
    return false;
  }

  /// Variables before this one, all that have its size in the example and each alone.
  std::vector<Group> groups_of_size(std::size_t variable) const {
    Group all;
    for (std::size_t i = 0; i < variable; ++i) {
      if (variables_.all()[i].example == variables_.all()[variable].example) all.push_back(i);
    }
    std::vector<Group> groups;
    if (!all.empty()) groups.push_back(all);
    for (std::size_t i = 0; all.size() > 1 && i < all.size(); ++i) groups.push_back({all[i]});
    return groups;
  }

  /// Why forward does not run at other sizes of these variables, which are the same.
  std::optional<std::string> why_static(const Group& group) {
    runs_.forget_others();
    const SizeVariable& variable = variables_.all()[group.back()];
    try {
      if (runs_.at().empty()) runs_.try_run(variables_.example());
      for (const std::int64_t value : values_to_try(variable)) {
        Assignment values = variables_.example();
        for (const std::size_t member : group) values[member] = value;
        if (runs_.try_run(values) && runs_.at().size() > kSomeValues) return std::nullopt;
        if (runs_.failures().size() >= kManyValues) break;
      }
    } catch (const NotGeneral& reason) {
      return reason.what();
    }
    if (runs_.at().size() > 1 && has_few_values(variable)) return std::nullopt;
    return runs_.failures().empty() ? "it has no other size" : runs_.failures().front();
  }

  static bool has_few_values(const SizeVariable& variable) {
    return variable.max - variable.min <= std::int64_t{kEnoughValues};
  }

  void run_at_sizes() {
    if (runs_.at().empty() && !runs_.try_run(variables_.example())) {
      throw NotGeneral(runs_.failures().front());
    }
    runs_.require_repeatable();
    if (is_proven_) {
      for (const Assignment& values : variables_.every_assignment()) runs_.try_run(values);
    } else {
      run_at_chosen_sizes();
    }
    require_enough_values();
  }

  /// One size changes at a time, then all together, each by something else.
  void run_at_chosen_sizes() {
    std::vector<std::vector<std::int64_t>> values;
    for (const SizeVariable& variable : variables_.all()) values.push_back(values_to_try(variable));
    for (std::size_t i = 0; i < values.size(); ++i) {
      std::size_t runs = 0;
      for (std::size_t j = 0; j < values[i].size() && runs < kManyValues; ++j) {
        Assignment assignment = variables_.example();
        assignment[i] = values[i][j];
        if (runs_.try_run(assignment)) ++runs;
      }
    }
    if (values.size() == 1) return;
    for (std::size_t step = 0; step < kManyValues; ++step) {
      Assignment assignment = variables_.example();
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (!values[i].empty()) assignment[i] = values[i][(step + i) % values[i].size()];
      }
      runs_.try_run(assignment);
    }
  }

  void require_enough_values() const {
    for (std::size_t i = 0; i < variables_.all().size(); ++i) {
      const SizeVariable& variable = variables_.all()[i];
      std::vector<std::int64_t> seen;
      for (const Assignment& values : runs_.at()) add_once(seen, values[i], variable);
      if (seen.size() >= kEnoughValues) continue;
      if (has_few_values(variable) && is_proven_ && !seen.empty()) continue;
      throw NotGeneral("forward runs at too few other sizes of " + variable.text +
                       (runs_.failures().empty() ? "" : ": " + runs_.failures().front()));
    }
  }

  // ---- the general trace --------------------------------------------------

  Trace trace_with(SizeSubstitution& substitution, const ExportCall& call) const {
    TraceRun run;
    run.reads = Reads::note;
    run.observer = &substitution;
    run.constraints = variables_.constraints();
    Trace trace = trace_forward(call, run);
    if (!substitution.is_complete()) {
      throw NotGeneral("forward calls less with sizes that are symbols than with plain ones");
    }
    return trace;
  }

  /// Runs at a size for which two expressions that fit so far differ. False if there is none.
  bool tell_apart() {
    const std::vector<Assignment> assignments = telling_assignments();
    Points points;
    for (const Assignment& values : assignments) {
      points.push_back(substitution_->point_of(variables_.sizes_at(values)));
    }
    for (const Generalized& found : substitution_->generalized()) {
      for (const Expr& other : found.others) {
        for (std::size_t i = 0; i < points.size(); ++i) {
          if (value_at(found.expr, points[i]) == value_at(other, points[i])) continue;
          if (runs_.try_run(assignments[i])) return true;
        }
      }
    }
    return false;
  }

  std::vector<Assignment> telling_assignments() const {
    std::vector<Assignment> all;
    for (std::size_t i = 0; i < variables_.all().size(); ++i) {
      const SizeVariable& variable = variables_.all()[i];
      const std::int64_t most = std::min(variable.max, std::max(kLargestTelling, variable.example));
      for (std::int64_t value = variable.min; value <= most; ++value) {
        all.push_back(variables_.example());
        all.back()[i] = value;
      }
    }
    // All of them change, each by something else.
    for (std::int64_t step = 1; step <= std::int64_t{kManyValues}; ++step) {
      Assignment& values = all.emplace_back();
      for (const SizeVariable& variable : variables_.all()) {
        const auto place = static_cast<std::int64_t>(values.size());
        values.push_back(std::min(variable.max, variable.min + step + 2 * place));
      }
    }
    return all;
  }

  Trace with_warnings(Trace trace) const {
    std::vector<std::string> expressions;
    for (const Generalized& found : substitution_->generalized()) {
      const std::string text = found.call + " gets " + to_string(found.expr);
      if (std::find(expressions.begin(), expressions.end(), text) == expressions.end()) {
        expressions.push_back(text);
      }
    }
    std::vector<std::string> sizes;
    for (const Assignment& values : runs_.at()) sizes.push_back(variables_.text_of(values));
    std::string text = "forward reads dynamic sizes as plain integers, which were generalised: ";
    text += expressions.empty() ? "no call depends on them" : c10::Join(", ", expressions);
    text += is_proven_ ? ". That was checked at every size: "
                       : ". That was checked at these sizes, and is assumed of others: ";
    text += c10::Join("; ", sizes);
    for (const SizeRead& read : trace.symbols->noted_reads) {
      text += "\n  " + to_string(read.size) + " is read" + read.place;
    }
    trace.warnings.insert(trace.warnings.begin(), std::move(text));
    trace.warnings.insert(trace.warnings.end(), reasons_.begin(), reasons_.end());
    return trace;
  }

  const ExportCall& call_;
  SizeVariables variables_;
  bool is_proven_ = false;
  std::vector<std::string> reasons_;  ///< why sizes stay static
  SizeRuns runs_;
  std::unique_ptr<SizeSubstitution> substitution_;
};

GeneralizingTracer::GeneralizingTracer(const ExportCall& call) : call_(call) {
}

GeneralizingTracer::~GeneralizingTracer() = default;

bool GeneralizingTracer::may_generalize() const {
  return call_.options.generalize_sizes.value_or(true) && !converts(call_);
}

Trace GeneralizingTracer::trace() {
  if (!may_generalize()) return trace_forward(call_);
  TraceRun run;
  run.reads = Reads::note;
  std::optional<Trace> first;
  try {
    first = trace_forward(call_, run);
  } catch (const CaptureError&) {
    if (run.symbols == nullptr || run.symbols->noted_reads.empty()) throw;
  }
  if (run.symbols->noted_reads.empty()) return std::move(*first);
  const SizeRead read = run.symbols->noted_reads.front();
  const bool is_strict = call_.options.strict.value_or(false);
  try {
    generalization_ = std::make_unique<Generalization>(call_, run.symbols->env);
    if (is_strict && !generalization_->is_proven() && !call_.options.generalize_sizes) {
      throw NotGeneral(
          "not every size in the range can be tried. Give the dimension a small range, or set "
          "ExportOptions::generalize_sizes to take what is checked at some sizes");
    }
    return generalization_->trace();
  } catch (const NotGeneral& reason) {
    generalization_.reset();
    const std::string text = not_general_text(reason);
    if (is_strict) throw CaptureError(refused_read_text(read.size) + read.place + "\n\n" + text);
    return specialized(text);
  }
}

/// What was asked to be dynamic is an error then, which names the places of the reads.
Trace GeneralizingTracer::specialized(const std::string& reason) const {
  try {
    Trace trace = trace_forward(call_);
    trace.warnings.push_back(reason);
    return trace;
  } catch (const CaptureError& error) {
    throw CaptureError(error.what() + ("\n\n" + reason));
  }
}

Trace GeneralizingTracer::trace_again(const ExportCall& other) const {
  return generalization_ == nullptr ? trace_forward(other) : generalization_->trace_again(other);
}

}  // namespace roundtrip
