#include "export/capture/generalize/fitting.h"

#include <roundtrip/error.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "export/symbolic/expr/algebra.h"
#include "export/tracing/symbols.h"

namespace roundtrip {
namespace {

/// Products of sizes do not overflow it.
using Wide = __int128;
using Numbers = std::vector<Wide>;

/// Quotients by more than this are not tried.
constexpr std::int64_t kMostDivisor = 16;
constexpr std::int64_t kMostFactor = 8;

/// An expression and its values at the points.
struct Candidate {
  Expr expr;
  Numbers values;
};

Wide floor_quotient(Wide a, Wide b) {
  return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

bool fits(Wide number) {
  return number >= std::numeric_limits<std::int64_t>::min() &&
         number <= std::numeric_limits<std::int64_t>::max();
}

/// `factor` and `offset` of `values = factor * of + offset`, if they are whole and there is only
/// one such line.
std::optional<std::pair<std::int64_t, std::int64_t>> line_through(const Numbers& values,
                                                                  const Numbers& of) {
  const auto other = std::find_if(of.begin(), of.end(), [&](Wide x) { return x != of.front(); });
  if (other == of.end()) return std::nullopt;
  const auto i = static_cast<std::size_t>(other - of.begin());
  const Wide run = of[i] - of[0], rise = values[i] - values[0];
  if (rise % run != 0) return std::nullopt;
  const Wide factor = rise / run, offset = values[0] - factor * of[0];
  for (std::size_t j = 0; j < of.size(); ++j) {
    if (factor * of[j] + offset != values[j]) return std::nullopt;
  }
  if (!fits(factor) || !fits(offset)) return std::nullopt;
  return std::pair{static_cast<std::int64_t>(factor), static_cast<std::int64_t>(offset)};
}

Expr linear(std::int64_t factor, const Expr& of, std::int64_t offset) {
  return add(multiply(integer(factor), of), integer(offset));
}

class Fit {
 public:
  Fit(const std::vector<std::int64_t>& values, const std::vector<Expr>& atoms, const Points& points)
      : values_(values.begin(), values.end()) {
    for (const Expr& atom : atoms) add_atom(atom, points);
  }

  /// Where something simple fits, nothing more complicated is looked for.
  std::vector<Expr> expressions() {
    for (const Candidate& atom : atoms_) add_line(atom);
    keep_different_atoms();
    for_each_pair([this](const Candidate& a, const Candidate& b) { add_line(times(a, b)); });
    if (!found_.empty()) return std::move(found_);
    for (const Candidate& atom : atoms_) add_quotients(atom);
    for_each_pair([this](const Candidate& a, const Candidate& b) { add_sum(a, b); });
    for (const Candidate& a : atoms_) {
      for (const Candidate& b : atoms_) add_quotient_of(a, b);
    }
    if (!found_.empty()) return std::move(found_);
    for_each_pair([this](const Candidate& a, const Candidate& b) {
      const Candidate product = times(a, b);
      for (const Candidate& c : atoms_) add_line(times(product, c));
      add_quotients(product);
    });
    return std::move(found_);
  }

 private:
  /// Of atoms that are the same at all points, the first stands for all in what is made of several.
  void keep_different_atoms() {
    std::vector<Candidate> different;
    for (Candidate& atom : atoms_) {
      const bool is_known = std::any_of(different.begin(), different.end(), [&](const auto& known) {
        return known.values == atom.values;
      });
      if (!is_known) different.push_back(std::move(atom));
    }
    atoms_ = std::move(different);
  }

  void add_atom(const Expr& atom, const Points& points) {
    Candidate candidate{atom, {}};
    for (const Bindings& point : points) {
      const auto value = value_at(atom, point);
      if (!value) return;
      candidate.values.push_back(*value);
    }
    atoms_.push_back(std::move(candidate));
  }

  template <typename Visit>
  void for_each_pair(Visit visit) {
    for (std::size_t i = 0; i < atoms_.size(); ++i) {
      for (std::size_t j = i; j < atoms_.size(); ++j) visit(atoms_[i], atoms_[j]);
    }
  }

  void add(const Expr& expr) {
    const bool is_known = std::any_of(found_.begin(), found_.end(),
                                      [&](const Expr& known) { return same(known, expr); });
    if (!is_known) found_.push_back(expr);
  }

  static Candidate times(const Candidate& a, const Candidate& b) {
    Candidate result{multiply(a.expr, b.expr), a.values};
    for (std::size_t i = 0; i < b.values.size(); ++i) result.values[i] *= b.values[i];
    return result;
  }

  void add_line(const Candidate& of) {
    if (const auto line = line_through(values_, of.values)) {
      add(linear(line->first, of.expr, line->second));
    }
  }

  /// `values = factor * a + other * b + offset`, for small factors of `b`.
  void add_sum(const Candidate& a, const Candidate& b) {
    for (std::int64_t factor = -kMostFactor; factor <= kMostFactor; ++factor) {
      if (factor == 0) continue;
      Numbers rest = values_;
      for (std::size_t i = 0; i < rest.size(); ++i) rest[i] -= factor * b.values[i];
      const auto line = line_through(rest, a.values);
      if (!line || line->first == 0) continue;
      add(roundtrip::add(linear(line->first, a.expr, line->second),
                         multiply(integer(factor), b.expr)));
    }
  }

  /// `values = (factor * of + offset) // divisor`: the ends of what the offset may be.
  void add_quotients(const Candidate& of) {
    for (std::int64_t divisor = 2; divisor <= kMostDivisor; ++divisor) {
      for (std::int64_t factor = 1; factor <= kMostFactor; ++factor) {
        if (factor % divisor == 0) continue;
        Wide low = std::numeric_limits<std::int64_t>::min();
        Wide high = std::numeric_limits<std::int64_t>::max();
        for (std::size_t i = 0; i < values_.size(); ++i) {
          const Wide least = divisor * values_[i] - factor * of.values[i];
          low = std::max(low, least);
          high = std::min(high, least + divisor - 1);
        }
        if (low > high) continue;
        const Wide zero = std::clamp<Wide>(0, low, high);
        for (const Wide offset : {zero, low, high}) {
          add(floor_divide(linear(factor, of.expr, static_cast<std::int64_t>(offset)),
                           integer(divisor)));
        }
      }
    }
  }

  void add_quotient_of(const Candidate& a, const Candidate& b) {
    if (&a == &b) return;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (b.values[i] == 0 || floor_quotient(a.values[i], b.values[i]) != values_[i]) return;
    }
    add(floor_divide(a.expr, b.expr));
  }

  const Numbers values_;
  std::vector<Candidate> atoms_;
  std::vector<Expr> found_;
};

}  // namespace

std::optional<std::int64_t> value_at(const Expr& expr, const Bindings& point) {
  try {
    return to_int(evaluate(expr, point));
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::vector<Expr> fitting_expressions(const std::vector<std::int64_t>& values,
                                      const std::vector<Expr>& atoms, const Points& points) {
  return Fit(values, atoms, points).expressions();
}

}  // namespace roundtrip
