#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "export/capture/sym_node.h"
#include "export/capture/traced_tensor.h"

namespace roundtrip {

/// Strides of a dense tensor of symbolic sizes whose dimensions lie in memory in the
/// order of `like`'s; where `like` has gaps, its own strides.
std::vector<c10::SymInt> strides_in_order_of(const at::Tensor& like,
                                             const std::vector<c10::SymInt>& sizes);

/// The free symbols of a capture as the shapes room asks for them.
class CapturePoints final : public SymbolPoints {
 public:
  explicit CapturePoints(const std::shared_ptr<Symbols>& symbols);

  std::size_t count() const override { return free_.size(); }
  c10::SymInt symbol(std::size_t index) const override;
  std::pair<std::int64_t, std::int64_t> bounds(std::size_t index) const override;
  std::int64_t value_in_this_run(std::size_t index) const override;
  std::int64_t evaluate(const c10::SymInt& size,
                        const std::vector<std::int64_t>& values) const override;

 private:
  std::shared_ptr<Symbols> symbols_;
  std::vector<Expr> free_;
};

}  // namespace roundtrip
