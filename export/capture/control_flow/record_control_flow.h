#pragma once

#include <roundtrip/control_flow.h>
#include <roundtrip/hints_wrapper.h>

#include "export/capture/recording/recorder.h"

namespace roundtrip {

/// Control flow while a capture is under way: each records its functions as graphs
/// and appends one higher-order operator to `outer`. Arguments are as in
/// `roundtrip/control_flow.h`, checked already.

/// `predicate` is a tensor or a symbolic condition or, of a program, what became of one
/// whose sizes are known now.
Value record_cond(Recorder& outer, const Value& predicate, const GraphFunction& if_true,
                  const GraphFunction& if_false, const Values& operands);

Value record_while_loop(Recorder& outer, const GraphFunction& condition, const GraphFunction& body,
                        const Values& carried);

Value record_map(Recorder& outer, const GraphFunction& body, const Value& xs, const Values& args);

/// The arguments are tensors.
Value record_hints_wrapper(Recorder& outer, const GraphFunction& body, const Values& args,
                           const Hints& hints);

/// Along dimension 0, from the front.
Value record_scan(Recorder& outer, const GraphFunction& combine, const Value& init,
                  const Value& xs);

}  // namespace roundtrip
