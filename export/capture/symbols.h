#pragma once

#include <c10/core/SymInt.h>
#include <roundtrip/graph.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "export/symbolic/shape_env.h"

namespace roundtrip {

enum class SymbolType { integer, real, boolean };

/// A value of the graph that is a number or a condition.
struct SymbolicValue {
  Expr expr;
  SymbolType type = SymbolType::integer;
};

/// Writes arithmetic on symbols into the graph that is being captured.
class ArithmeticRecorder {
 public:
  virtual ~ArithmeticRecorder() = default;
  /// Appends a node that calls `target`, named after the last part of its name, and
  /// returns the name of its result.
  virtual std::string record_arithmetic(const std::string& target,
                                        const std::vector<c10::SymNode>& operands,
                                        const SymbolicValue& result) = 0;
};

/// The symbols of one capture: what is known of them and where arithmetic on them goes.
/// Shared by all symbolic numbers of the capture, which may outlive it. One thread.
struct Symbols {
  explicit Symbols(bool is_strict) : strict(is_strict) {}

  /// Reads a number as a plain one: specialises it, which strict refuses.
  Number read(const Expr& number);

  ShapeEnv env;
  const bool strict;
  /// Null while arithmetic is our own and not forward's, and after the capture.
  ArithmeticRecorder* recorder = nullptr;
  /// The symbols of inputs and of data, in order of coming up.
  std::vector<Expr> all;
};

/// While it lives, arithmetic on symbols goes to another recorder.
class ArithmeticScope {
 public:
  ArithmeticScope(Symbols& symbols, ArithmeticRecorder& recorder)
      : ArithmeticScope(symbols, &recorder) {}
  ~ArithmeticScope() { symbols_.recorder = saved_; }
  ArithmeticScope(const ArithmeticScope&) = delete;
  ArithmeticScope& operator=(const ArithmeticScope&) = delete;

 protected:
  ArithmeticScope(Symbols& symbols, ArithmeticRecorder* recorder)
      : symbols_(symbols), saved_(std::exchange(symbols.recorder, recorder)) {}

 private:
  Symbols& symbols_;
  ArithmeticRecorder* saved_;
};

/// While it lives, arithmetic on symbols leaves no nodes.
class WithoutArithmetic : public ArithmeticScope {
 public:
  explicit WithoutArithmetic(Symbols& symbols) : ArithmeticScope(symbols, nullptr) {}
};

}  // namespace roundtrip
