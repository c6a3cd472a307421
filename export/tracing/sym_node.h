#pragma once

#include <memory>
#include <optional>
#include <string>

#include "export/dispatch/symbolic_number.h"
#include "export/tracing/symbols.h"

namespace roundtrip {

/// A number or condition of a capture behind LibTorch's SymInt, SymFloat and SymBool.
/// Arithmetic on it gives expressions and, when forward does it, nodes of the graph.
class SymNode final : public SymbolicNumber {
 public:
  SymNode(std::shared_ptr<Symbols> symbols, SymbolicValue value)
      : symbols_(std::move(symbols)), value_(std::move(value)) {}

  Symbols& symbols() const { return *symbols_; }
  const SymbolicValue& value() const { return value_; }
  const Expr& expr() const { return value_.expr; }

  using Place = NumberPlace;
  Place& place() { return place_; }

  bool is_int() override { return value_.type == SymbolType::integer; }
  bool is_float() override { return value_.type == SymbolType::real; }
  bool is_bool() override { return value_.type == SymbolType::boolean; }

  c10::SymNode add(const c10::SymNode& other) override;
  c10::SymNode sub(const c10::SymNode& other) override;
  c10::SymNode mul(const c10::SymNode& other) override;
  c10::SymNode truediv(const c10::SymNode& other) override;
  c10::SymNode pow(const c10::SymNode& other) override;
  c10::SymNode floordiv(const c10::SymNode& other) override;
  c10::SymNode mod(const c10::SymNode& other) override;
  c10::SymNode eq(const c10::SymNode& other) override;
  c10::SymNode ne(const c10::SymNode& other) override;
  c10::SymNode gt(const c10::SymNode& other) override;
  c10::SymNode lt(const c10::SymNode& other) override;
  c10::SymNode le(const c10::SymNode& other) override;
  c10::SymNode ge(const c10::SymNode& other) override;
  c10::SymNode sym_min(const c10::SymNode& other) override;
  c10::SymNode sym_max(const c10::SymNode& other) override;
  c10::SymNode sym_or(const c10::SymNode& other) override;
  c10::SymNode sym_and(const c10::SymNode& other) override;
  c10::SymNode sym_ite(const c10::SymNode& then_value, const c10::SymNode& else_value) override;
  c10::SymNode ceil() override;
  c10::SymNode floor() override;
  c10::SymNode neg() override;
  c10::SymNode sym_not() override;
  c10::SymNode sym_float() override;
  c10::SymNode clone() override;
  c10::SymNode trunc() override;
  c10::SymNode round() override;
  c10::SymNode lshift(const c10::SymNode& other) override;
  c10::SymNode rshift(const c10::SymNode& other) override;
  c10::SymNode sqrt() override;
  at::Tensor as_tensor() override;

  c10::SymNode wrap_int(std::int64_t number) override;
  c10::SymNode wrap_float(double number) override;
  c10::SymNode wrap_bool(bool truth) override;

  std::int64_t guard_int(const char* file, std::int64_t line) override;
  double guard_float(const char* file, std::int64_t line) override;
  bool guard_bool(const char* file, std::int64_t line) override;
  bool guard_size_oblivious(const char* file, std::int64_t line) override;
  bool guard_or_false(const char* file, std::int64_t line) override;
  bool guard_or_true(const char* file, std::int64_t line) override;
  bool statically_known_true(const char* file, std::int64_t line) override;
  bool expect_true(const char* file, std::int64_t line) override;

  std::int64_t int_() override { return guard_int(__FILE__, __LINE__); }
  bool bool_() override { return guard_bool(__FILE__, __LINE__); }
  /// Not where nothing may be assumed of the number in this run: an unbacked one, and all of
  /// them in the mode of `BackedSizeOblivious`.
  bool has_hint() override {
    return !symbols_->env.backed_size_oblivious() && !symbols_->env.has_unbacked(value_.expr);
  }
  std::string str() override { return to_string(value_.expr); }
  std::optional<std::int64_t> constant_int() override;
  std::optional<bool> constant_bool() override;
  std::optional<std::int64_t> maybe_as_int() override { return constant_int(); }
  bool is_constant() override;

 private:
  struct Operation;
  c10::SymNode apply(const Operation& operation, const c10::SymNode& other);
  c10::SymNode result(const std::string& target, const std::vector<c10::SymNode>& operands,
                      SymbolicValue value);
  c10::SymNode unary(const char* target, SymbolType type, Expr (*make)(const Expr&));
  c10::SymNode self();
  bool is_natural(const Expr& number);

  std::shared_ptr<Symbols> symbols_;
  SymbolicValue value_;
  Place place_;
};

/// Our node behind a symbolic number, or null.
SymNode* as_sym_node(const c10::SymNode& node);

/// The expression behind a number, plain ones too.
Expr expr_of(const c10::SymInt& number);

/// A SymInt for an expression, plain if it is a literal.
c10::SymInt make_sym_int(const std::shared_ptr<Symbols>& symbols, Expr expr,
                         SymNode::Place place = {});
c10::SymFloat make_sym_float(const std::shared_ptr<Symbols>& symbols, Expr expr,
                             SymNode::Place place = {});
c10::SymBool make_sym_bool(const std::shared_ptr<Symbols>& symbols, Expr expr,
                           SymNode::Place place = {});

/// The value of a number in the run that is captured. Adds no guard. Throws `CaptureError`
/// for a number that is not of ours.
std::int64_t value_in_this_run(const c10::SymInt& number);
Number value_in_this_run(const c10::SymNode& number);

}  // namespace roundtrip
