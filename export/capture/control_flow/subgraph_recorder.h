#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "export/capture/recording/recorder.h"
#include "export/capture/recording/surroundings.h"

namespace roundtrip {

/// Records a branch or body of control flow as a graph of its own. Tensors of the
/// outer graph that it comes across become its inputs, on the data they have.
class SubgraphRecorder final : private Surroundings {
 public:
  /// A dry run only runs the function on other data: it leaves no trace in `outer`.
  enum class Purpose { graph, dry_run };

  /// `op` is the operator's name for messages.
  SubgraphRecorder(Recorder& outer, std::string op, Purpose purpose);

  Recorder& recorder() { return recorder_; }

  /// A new input that holds `data` in this run, a tensor with its layout or an integer
  /// that changes from iteration to iteration, and its value in the graph: null for an integer
  /// of a dry run.
  std::pair<Value, GraphValue*> add_operand(const Value& data);

  /// Values of the outer graph that became inputs, in the order in which they did.
  /// Their placeholders come in the same order, among those of operands.
  struct Lifted {
    GraphValue* outer;  ///< in the outer graph; null in a dry run
    at::Tensor tensor;  ///< as the outer graph has it; undefined for a number
    GraphValue* value;  ///< in this graph
  };
  const std::vector<Lifted>& lifted() const { return lifted_; }

  /// Whether `concrete` shares memory with an input.
  bool has_memory_of_input(const at::Tensor& concrete) const;

 private:
  at::Tensor local(const at::Tensor& tensor) override;
  GraphValue& add_constant(const at::Tensor& tensor) override;
  void before_write(const at::Tensor& concrete) override;
  Argument number_argument(SymNode& number) override;

  at::Tensor lift(const at::Tensor& tensor);
  at::Tensor make_input(const Placeholder& origin, const at::Tensor& tensor);
  void require_liftable(const Expr& number) const;

  Recorder& outer_;
  std::string op_;
  Purpose purpose_;
  Recorder recorder_;
  std::vector<Lifted> lifted_;
  std::unordered_map<const c10::TensorImpl*, at::Tensor> inputs_;
  std::unordered_set<const c10::StorageImpl*> memory_;  ///< of the inputs
  /// Numbers of the outer graph that are inputs.
  std::unordered_map<const GraphValue*, GraphValue*> numbers_;
};

}  // namespace roundtrip
