#include "export/interpreter/graphs/higher_order.h"

#include <roundtrip/error.h>

#include <string>
#include <unordered_map>

#include "export/interpreter/graphs/auto_functionalized.h"
#include "export/interpreter/graphs/call_reader.h"
#include "export/interpreter/graphs/control_flow.h"
#include "export/interpreter/graphs/mode_regions.h"

namespace roundtrip {

std::unique_ptr<Step> make_higher_order_step(const Node& node, const OperatorPolicy& policy,
                                             Scope& scope, int depth) {
  using Maker = std::unique_ptr<Step> (*)(CallReader&);
  static const std::unordered_map<std::string, Maker> kMakers = {
      {"torch.ops.higher_order.auto_functionalized_v2", make_auto_functionalized_step},
      {"torch.ops.higher_order.cond", make_cond_step},
      {"torch.ops.higher_order.hints_wrapper", make_hints_wrapper_step},
      {"torch.ops.higher_order.while_loop", make_while_loop_step},
      {"torch.ops.higher_order.map_impl", make_map_step},
      {"torch.ops.higher_order.scan", make_scan_step},
      {"torch.ops.higher_order.wrap_with_set_grad_enabled", make_set_grad_enabled_step},
      {"torch.ops.higher_order.wrap_with_autocast", make_autocast_step},
  };
  auto maker = kMakers.find(node.target());
  if (maker == kMakers.end()) {
    throw UnsupportedError("this version cannot run the higher-order operator " + node.target());
  }
  CallReader call(node, policy, scope, depth);
  return maker->second(call);
}

}  // namespace roundtrip
