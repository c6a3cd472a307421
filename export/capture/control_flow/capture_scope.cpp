#include "export/capture/control_flow/capture_scope.h"

#include "export/capture/control_flow/record_control_flow.h"

namespace roundtrip {

Value ControlFlowHandler::cond(const Value& predicate, const GraphFunction& if_true,
                               const GraphFunction& if_false, const Values& operands) {
  return record_cond(recorder(), predicate, if_true, if_false, operands);
}

Value ControlFlowHandler::while_loop(const GraphFunction& condition, const GraphFunction& body,
                                     const Values& carried) {
  return record_while_loop(recorder(), condition, body, carried);
}

Value ControlFlowHandler::map(const GraphFunction& body, const Value& xs, const Values& args) {
  return record_map(recorder(), body, xs, args);
}

Value ControlFlowHandler::scan(const GraphFunction& combine, const Value& init, const Value& xs) {
  return record_scan(recorder(), combine, init, xs);
}

Value ControlFlowHandler::hints_wrapper(const GraphFunction& body, const Values& args,
                                        const Hints& hints) {
  return record_hints_wrapper(recorder(), body, args, hints);
}

}  // namespace roundtrip
