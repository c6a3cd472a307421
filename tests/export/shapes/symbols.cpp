#include "symbols.h"

#include <c10/core/SymBool.h>
#include <c10/core/SymNodeImpl.h>

#include <algorithm>
#include <functional>

namespace roundtrip::testing {
namespace {

using Formula = std::function<std::int64_t(const Values&)>;

struct Guard {
  Formula formula;
  std::int64_t answer;
};
std::vector<Guard> guards;
Values this_run = kThisRun;

std::int64_t divide_floor(std::int64_t a, std::int64_t b) {
  const std::int64_t quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

class FormulaNode final : public c10::SymNodeImpl {
 public:
  FormulaNode(Formula formula, bool is_bool) : formula_(std::move(formula)), is_bool_(is_bool) {}

  std::int64_t at(const Values& values) const { return formula_(values); }

  bool is_int() override { return !is_bool_; }
  bool is_bool() override { return is_bool_; }
  bool is_float() override { return false; }
  bool has_hint() override { return true; }
  std::string str() override { return "formula"; }
  c10::SymNode clone() override { return make(formula_, is_bool_); }

  c10::SymNode add(const c10::SymNode& o) override { return number(o, std::plus<>()); }
  c10::SymNode sub(const c10::SymNode& o) override { return number(o, std::minus<>()); }
  c10::SymNode mul(const c10::SymNode& o) override { return number(o, std::multiplies<>()); }
  c10::SymNode floordiv(const c10::SymNode& o) override { return number(o, divide_floor); }
  c10::SymNode mod(const c10::SymNode& o) override {
    return number(o, [](auto a, auto b) { return a - divide_floor(a, b) * b; });
  }
  c10::SymNode sym_min(const c10::SymNode& o) override {
    return number(o, [](auto a, auto b) { return std::min(a, b); });
  }
  c10::SymNode sym_max(const c10::SymNode& o) override {
    return number(o, [](auto a, auto b) { return std::max(a, b); });
  }
  c10::SymNode neg() override {
    return make([f = formula_](const Values& v) { return -f(v); }, false);
  }
  c10::SymNode eq(const c10::SymNode& o) override { return condition(o, std::equal_to<>()); }
  c10::SymNode ne(const c10::SymNode& o) override { return condition(o, std::not_equal_to<>()); }
  c10::SymNode lt(const c10::SymNode& o) override { return condition(o, std::less<>()); }
  c10::SymNode le(const c10::SymNode& o) override { return condition(o, std::less_equal<>()); }
  c10::SymNode gt(const c10::SymNode& o) override { return condition(o, std::greater<>()); }
  c10::SymNode ge(const c10::SymNode& o) override { return condition(o, std::greater_equal<>()); }
  c10::SymNode sym_and(const c10::SymNode& o) override {
    return condition(o, std::logical_and<>());
  }
  c10::SymNode sym_or(const c10::SymNode& o) override { return condition(o, std::logical_or<>()); }
  c10::SymNode sym_not() override {
    return make([f = formula_](const Values& v) { return f(v) == 0; }, true);
  }
  c10::SymNode wrap_int(std::int64_t number) override {
    return make([number](const Values&) { return number; }, false);
  }
  c10::SymNode wrap_bool(bool value) override {
    return make([value](const Values&) { return value; }, true);
  }
  std::int64_t guard_int(const char*, std::int64_t) override { return decided(); }
  bool guard_bool(const char*, std::int64_t) override { return decided() != 0; }
  bool guard_size_oblivious(const char*, std::int64_t) override { return decided() != 0; }
  bool guard_or_false(const char*, std::int64_t) override { return decided() != 0; }
  bool guard_or_true(const char*, std::int64_t) override { return decided() != 0; }
  bool expect_true(const char*, std::int64_t) override { return decided() != 0; }
  bool statically_known_true(const char*, std::int64_t) override {
    return at(this_run) != 0 && is_constant_everywhere();
  }

 private:
  static c10::SymNode make(Formula formula, bool is_bool) {
    return c10::make_intrusive<FormulaNode>(std::move(formula), is_bool);
  }

  template <typename Operation>
  c10::SymNode with(const c10::SymNode& other, Operation operation, bool is_bool) {
    const auto& node = static_cast<const FormulaNode&>(*other);
    return make([a = formula_, b = node.formula_, operation](
                    const Values& v) { return static_cast<std::int64_t>(operation(a(v), b(v))); },
                is_bool);
  }
  template <typename Operation>
  c10::SymNode number(const c10::SymNode& other, Operation operation) {
    return with(other, operation, false);
  }
  template <typename Operation>
  c10::SymNode condition(const c10::SymNode& other, Operation operation) {
    return with(other, operation, true);
  }

  bool is_constant_everywhere() const {
    return this_run == kThisRun &&
           std::all_of(kOtherPoints.begin(), kOtherPoints.end(),
                       [&](const Values& point) { return at(point) == at(kThisRun); });
  }

  std::int64_t decided() {
    guards.push_back({formula_, at(this_run)});
    return at(this_run);
  }

  Formula formula_;
  bool is_bool_;
};

}  // namespace

c10::SymInt symbol(std::size_t index) {
  const c10::SymNode node = c10::make_intrusive<FormulaNode>(
      [index](const Values& values) { return values.at(index); }, false);
  return c10::SymInt(node);
}

std::int64_t evaluate(const c10::SymInt& size, const Values& values) {
  if (const auto known = size.maybe_as_int()) return *known;
  return static_cast<const FormulaNode&>(*size.toSymNodeImplUnowned()).at(values);
}

std::int64_t value_in_this_run(const c10::SymInt& size) {
  return evaluate(size, this_run);
}

OtherRun::OtherRun(Values values) {
  this_run = std::move(values);
}

OtherRun::~OtherRun() {
  this_run = kThisRun;
}

void clear_guards() {
  guards.clear();
}

bool guards_hold_at(const Values& values) {
  return std::all_of(guards.begin(), guards.end(),
                     [&](const Guard& guard) { return guard.formula(values) == guard.answer; });
}

}  // namespace roundtrip::testing
