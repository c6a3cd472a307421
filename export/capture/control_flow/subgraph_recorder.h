#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "export/capture/recording/recorder.h"

namespace roundtrip {

/// Records a branch or body of control flow as a graph of its own. Tensors of the
/// outer graph that it comes across become its inputs, on the data they have.
class SubgraphRecorder final : public Recorder {
 public:
  /// A rehearsal only runs the function on other data: it leaves no trace in `outer`.
  enum class Purpose { graph, rehearsal };

  /// `op` is the operator's name for messages.
  SubgraphRecorder(Recorder& outer, std::string op, Purpose purpose);

  /// A new input that holds `data` in this run, a tensor with its layout or an integer
  /// that changes from turn to turn, and its name in the graph.
  std::pair<Value, std::string> add_operand(const Value& data);

  at::Tensor local(const at::Tensor& tensor) override;
  schema::Argument number_argument(const c10::SymNode& number) override;

  /// Values of the outer graph that became inputs, in the order in which they did.
  /// Their placeholders come in the same order, among those of operands.
  struct Lifted {
    schema::Argument outer;  ///< what the outer graph calls it
    at::Tensor tensor;       ///< as the outer graph has it; undefined for a number
    std::string value;       ///< its name in this graph
  };
  const std::vector<Lifted>& lifted() const { return lifted_; }

  /// The input whose memory `twin` shares, or empty.
  std::string input_of_memory(const at::Tensor& twin) const;

 protected:
  std::string add_constant(const at::Tensor& tensor) override;
  void before_write(const at::Tensor& twin) override;

 private:
  at::Tensor lift(const at::Tensor& tensor);
  at::Tensor make_input(const Placeholder& origin, const at::Tensor& tensor);
  void require_liftable(const Expr& number) const;

  Recorder& outer_;
  std::string op_;
  Purpose purpose_;
  std::vector<Lifted> lifted_;
  std::unordered_map<const c10::TensorImpl*, at::Tensor> inputs_;
  std::unordered_map<const c10::StorageImpl*, std::string> memory_;
  std::unordered_map<std::string, schema::Argument>
      numbers_;  ///< by their names in the outer graph
};

}  // namespace roundtrip
