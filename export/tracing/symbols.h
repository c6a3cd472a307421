#pragma once

#include <c10/core/SymInt.h>
#include <roundtrip/graph.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "export/graph/python_functions.h"
#include "export/symbolic/env/shape_env.h"

namespace roundtrip {

/// A value of the graph that is a number or a condition.
struct SymbolicValue {
  Expr expr;
  SymbolType type = SymbolType::integer;
};

/// Without what is behind the point; a truth value as 0 or 1.
std::int64_t to_int(const Number& number);

/// Where a graph has a number: its value once a node gives it, else the dimension of a
/// tensor from which a node can be made. Values live as long as the graph.
struct NumberPlace {
  std::uint64_t graph = 0;  ///< the number of the graph; 0 for none
  GraphValue* value = nullptr;
  GraphValue* tensor = nullptr;
  std::string query{};  ///< `sym_size.int`, `sym_stride.int`, ...
  std::int64_t dimension = 0;
};

/// What it does to read a size as a plain number.
enum class Reads {
  specialize,  ///< the program holds for that size only
  refuse,      ///< it is an error
  note,        ///< the number is told, and the read noted
};

/// A size that was read as a plain number, and where that was first.
struct SizeRead {
  Expr size;
  std::string place;
};

/// Writes arithmetic on symbols into the graph that is being captured.
class ArithmeticRecorder {
 public:
  virtual ~ArithmeticRecorder() = default;
  /// Appends a node that calls `target`, named after the last part of its name, and
  /// returns where the result is.
  virtual NumberPlace record_arithmetic(const std::string& target,
                                        const std::vector<c10::SymNode>& operands,
                                        const SymbolicValue& result) = 0;
};

/// The symbols of one capture: what is known of them and where arithmetic on them goes.
/// Shared by all symbolic numbers of the capture, which may outlive it. One thread.
struct Symbols {
  /// In the mode of `BackedSizeOblivious` if it is on.
  explicit Symbols(bool is_strict, bool prefer_deferred_runtime_asserts = false);

  /// Reads a number as a plain one: specialises it, which strict refuses.
  Number read(const Expr& number);
  /// Decides a condition that forward branches on, with a guard if need be.
  bool decide(const Expr& condition);
  /// The same where forward can go on without knowing: `default_value` where it is unbacked.
  bool decide_or(const Expr& condition, bool default_value);
  /// Says of a size that data decides that it is often all of another one. Then reading it as a
  /// plain number asserts that it is.
  void expect_all_of(const Expr& size, const Expr& whole);
  /// Says that the condition holds.
  void require(const Expr& condition, const std::string& message = "");
  /// Throws `CaptureError` if sizes are not as dynamic as was asked, naming the places at
  /// which they were read as plain numbers.
  void check_constraints();
  /// The warnings of `env`, each with its place, and the notes.
  std::vector<std::string> warnings() const;

  ShapeEnv env;
  const bool strict;
  /// Strict captures of C++ code refuse reads, which it may do unawares.
  Reads reads;
  std::vector<SizeRead> noted_reads;
  /// Null while arithmetic is our own and not forward's, and after the capture.
  ArithmeticRecorder* recorder = nullptr;
  /// While a function of control flow only runs on other data: numbers are read for
  /// their values, and nothing is learned.
  bool is_dry_run = false;
  /// The symbols of inputs and unbacked ones, in order of coming up.
  std::vector<Expr> all;
  /// The conditions that a graph of the capture asserts, as SymPy's `srepr`.
  std::unordered_set<std::string> asserted;
  /// What else forward decided for good when it was captured, as sentences.
  std::vector<std::string> notes;

 private:
  Number specialize(const Expr& number);
  void note(const Expr& size);

  std::optional<Expr> whole_of(const Expr& size) const;

  std::vector<std::string> places_;  ///< of the warnings of `env`
  std::vector<std::pair<Expr, Expr>> expected_wholes_;
};

/// Why strict refuses that the size is read as a plain number, and what to do.
std::string refused_read_text(const Expr& size);

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

/// While it lives, numbers are read for their values alone.
class DryRunScope {
 public:
  explicit DryRunScope(Symbols& symbols)
      : symbols_(symbols), saved_(std::exchange(symbols.is_dry_run, true)) {}
  ~DryRunScope() { symbols_.is_dry_run = saved_; }
  DryRunScope(const DryRunScope&) = delete;
  DryRunScope& operator=(const DryRunScope&) = delete;

 private:
  Symbols& symbols_;
  bool saved_;
  WithoutArithmetic without_arithmetic_{symbols_};
};

}  // namespace roundtrip
