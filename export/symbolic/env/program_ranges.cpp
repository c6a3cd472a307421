#include "export/symbolic/env/program_ranges.h"

#include "export/symbolic/expr/number.h"

namespace roundtrip {

namespace {

using Kind = SizeConstraint::Kind;

std::string asked_text(const std::optional<std::int64_t>& bound) {
  return bound ? std::to_string(*bound) : "None";
}

bool is_hint(const SizeConstraint& asked) {
  if (asked.kind == Kind::automatic || asked.kind == Kind::dynamic) return true;
  return asked.kind == Kind::fixed && asked.min != asked.max;  // Dim::STATIC with bounds
}

/// `L['x'][0].size()[1]` as `inputs['x'][0].shape[1]`.
std::string path_of(std::string source) {
  if (source.starts_with("L[")) source = "inputs" + source.substr(1);
  auto size = source.find(".size()[");
  return size == source.npos ? source : source.replace(size, 8, ".shape[");
}

/// Ranges by expression, in order of coming up, narrowed when they come up again.
class RangeTable {
 public:
  ValueRange& operator[](const Expr& expr) {
    for (auto& entry : entries_) {
      if (same(entry.first, expr)) return entry.second;
    }
    return entries_.emplace_back(expr, ValueRange{0, kInfinity}).second;
  }

  void add(const Expr& expr, const ValueRange& range) {
    for (const auto& entry : entries_) {
      if (same(entry.first, expr)) return;
    }
    entries_.emplace_back(expr, range);
  }

  std::vector<ShapeEnv::Range> take() const {
    std::vector<ShapeEnv::Range> ranges;
    for (const auto& [expr, range] : entries_) {
      ranges.push_back({to_string(expr), finite(range.low), finite(range.high)});
    }
    return ranges;
  }

 private:
  std::vector<std::pair<Expr, ValueRange>> entries_;
};

class Ranges {
 public:
  explicit Ranges(Knowledge& knowledge) : knowledge_(knowledge) {
    for (const auto& name : knowledge.symbol_names()) {
      auto& facts = *knowledge.find(name);
      if (facts.from_data) table_.add(facts.symbol, facts.range);
    }
  }

  void add(const InputSize& input) {
    auto expr = knowledge_.replace(input.expr);
    bool literal = is_number(expr);
    if (!literal) {
      table_[expr] = table_[expr] & (is_hint(input.asked) || input.asked.kind == Kind::fixed
                                         ? knowledge_.range_of(expr)
                                         : input.asked.range());
      for (auto& name : free_symbols(expr)) roots_.push_back(std::move(name));
    }
    if (is_hint(input.asked)) constrain(input, expr);
  }

  std::vector<ShapeEnv::Range> take() {
    if (!conflicts_.empty()) {
      throw CaptureError(
          "Found the following conflicts between user-specified ranges and inferred ranges from "
          "model tracing:" +
          conflicts_);
    }
    for (const auto& name : roots_) {
      const auto& facts = *knowledge_.find(name);
      table_.add(facts.symbol, facts.range);
    }
    return table_.take();
  }

 private:
  /// Bounds of `Dim::AUTO(min, max)` and `Dim::DYNAMIC(min, max)`.
  void constrain(const InputSize& input, const Expr& expr) {
    bool literal = is_number(expr);
    auto inferred = literal ? ValueRange{integer_value(expr), integer_value(expr)} : table_[expr];
    auto range = inferred & input.asked.range();
    if (range.low > range.high) {
      conflict("- Received user-specified min/max range of [" + asked_text(input.asked.min) + ", " +
               asked_text(input.asked.max) + "], conflicting with the inferred min/max range of [" +
               bound_text(inferred.low) + ", " + bound_text(inferred.high) + "], for " +
               path_of(input.source) + ".");
      return;
    }
    if (!literal) {
      table_[expr] = range;
      knowledge_.narrow(input.expr.name, input.asked.range());
    }
    if (input.asked.kind == Kind::dynamic && range.is_single()) {
      fail_static(input, inferred.is_single(), range.low);
    }
  }

  void fail_static(const InputSize& input, bool inferred, std::int64_t size) {
    bool zero_one = inferred && (input.hint == 0 || input.hint == 1);
    auto reason = zero_one ? "export 0/1 specialized due to hint of " + std::to_string(input.hint)
                           : "tracing inferred a static shape of " + std::to_string(size);
    conflict("- Received user-specified dim hint Dim::DYNAMIC(min=" + asked_text(input.asked.min) +
             ", max=" + asked_text(input.asked.max) + "), but " + reason + " for dimension " +
             path_of(input.source) + ".");
  }

  void conflict(const std::string& text) { conflicts_ += "\n" + text; }

  Knowledge& knowledge_;
  RangeTable table_;
  std::vector<std::string> roots_;
  std::string conflicts_;
};

}  // namespace

std::vector<ShapeEnv::Range> program_ranges(const std::vector<InputSize>& inputs,
                                            Knowledge& knowledge) {
  Ranges ranges(knowledge);
  for (const auto& input : inputs) ranges.add(input);
  return ranges.take();
}

}  // namespace roundtrip
