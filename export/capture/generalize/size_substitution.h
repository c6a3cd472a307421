#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "export/capture/generalize/call_log.h"
#include "export/capture/generalize/fitting.h"
#include "export/capture/inputs/other_inputs.h"
#include "export/capture/recording/recorder.h"

namespace roundtrip {

/// An integer that was made an expression.
struct Generalized {
  std::string call;  ///< `aten::view`, or `return`
  Expr expr;
  /// What else would have fitted.
  std::vector<Expr> others;
};

/// Has forward called with expressions of sizes, in place of the integers that differed in runs at
/// other sizes. Those are made of the sizes that forward read as plain numbers before, and of the
/// inputs' own.
class SizeSubstitution final : public CallObserver {
 public:
  /// `logs` are of the runs, the first of them at the example inputs; `sizes` are what the leaves
  /// of the inputs were. Both outlive this.
  SizeSubstitution(const std::vector<CallLog>& logs,
                   const std::vector<std::vector<LeafSizes>>& sizes)
      : logs_(logs), sizes_(sizes) {}

  const std::vector<Generalized>& generalized() const { return generalized_; }
  const Points& points() const { return points_; }
  /// The sizes of other inputs by the names of their symbols.
  Bindings point_of(const std::vector<LeafSizes>& sizes) const;
  /// Whether all calls of the runs came up.
  bool is_complete() const { return next_ == logs_.front().calls().size(); }

  void forward_called(Recorder& recorder, const std::vector<Argument>& inputs) override;
  void operator_called(Recorder& recorder, const c10::OperatorHandle& op,
                       std::vector<c10::IValue>& arguments) override;
  void function_called(const std::string& target,
                       const std::vector<NamedArgument>& inputs) override;
  Value leaf_returned(Recorder& recorder, const Value& leaf) override;

 private:
  /// A symbol of the inputs: where it is, and how to get its number.
  struct Symbol {
    Expr expr;
    std::size_t leaf;
    std::size_t place;
    NumberPlace at;
  };

  const LoggedCall& next_call(const std::string& called);
  c10::SymInt substitute(Recorder& recorder, std::size_t call, std::size_t index,
                         const c10::SymInt& number, const std::string& what);
  std::vector<Expr> atoms(const Symbols& symbols) const;
  c10::SymInt make(Recorder& recorder, const Expr& expr) const;
  c10::SymInt number_of(Recorder& recorder, const std::string& name) const;

  const std::vector<CallLog>& logs_;
  const std::vector<std::vector<LeafSizes>>& sizes_;
  std::vector<Symbol> symbols_;
  Points points_;
  std::size_t next_ = 0;
  std::vector<Generalized> generalized_;
};

}  // namespace roundtrip
