#pragma once

#include <ATen/core/ivalue.h>
#include <ATen/core/stack.h>

#include <string_view>
#include <vector>

namespace roundtrip::shapes {

/// What an operator of a shape function's graph does with its inputs. Integers may be
/// symbolic; comparisons of them are guards. Lists are shared, as TorchScript's are.
using GraphOperator = c10::IValue (*)(const std::vector<c10::IValue>& inputs);

/// By the node's kind (`aten::add`, `prim::max`); null for one that no shape function uses.
GraphOperator find_graph_operator(std::string_view kind);

/// A list of anything that is shared by its copies.
c10::IValue make_graph_list(const std::vector<c10::IValue>& items);

}  // namespace roundtrip::shapes
