#pragma once

#include <cstdint>

#include "export/capture/control_flow/record_subgraph.h"

/// Loops while they are captured: their iterations run on this run's data.
namespace roundtrip {

/// So many iterations of a loop run while it is captured; later ones could not change the
/// graph, and a loop need not end on other data than the model is made for.
inline constexpr std::int64_t kMaxIterations = 100;

/// The truth of a condition in this run.
bool truth(const Value& value);

/// Data without layouts, for a dry run.
Values concrete_values(const Values& leaves);

/// Other data in the layouts of `like`.
at::Tensor in_layout_of(const Recorder& outer, const Value& like, const at::Tensor& concrete);

/// The two functions of a loop, and what they take.
struct Loop {
  Recorder& outer;
  const GraphFunction& condition;
  const GraphFunction& body;
  TreeSpec spec;

  Subgraph record_condition(const Values& carried, SubgraphRecorder::Purpose purpose) const;
  Subgraph record_body(const Values& carried, SubgraphRecorder::Purpose purpose) const;

  /// The data that is carried after the loop.
  Values run(Values carried) const;
  /// What the functions take in the graph: integers are new symbols, as each iteration has
  /// others.
  Values operands(const Values& leaves) const;
  /// The data after the loop, in the layouts that the body gives.
  Values results(const Values& data, const Subgraph& recorded) const;

 private:
  SubgraphCall call(SubgraphRecorder::Purpose purpose) const;
  c10::SymInt new_symbol(std::int64_t value) const;
};

}  // namespace roundtrip
