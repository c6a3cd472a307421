#include <roundtrip/hints_wrapper.h>
#include <roundtrip/pytree.h>

#include <algorithm>

#include "export/dispatch/capture_handler.h"

namespace roundtrip {
namespace {

bool is_hint(const Value& value) {
  return value.is_bool() || value.is_int() || value.is_double() || value.is_string();
}

void require_hints(const Hints& hints) {
  for (const auto& [name, value] : hints) {
    if (is_hint(value)) continue;
    throw InputError("hints must be a dict containing int, float, bool or str value, got a " +
                     value.type_name() + " for key " + name + ".");
  }
}

}  // namespace

Value detail::hints_wrapper(const GraphFunction& body, const Values& args, const Hints& hints) {
  require_hints(hints);
  if (!std::all_of(args.begin(), args.end(), [](const Value& arg) { return arg.is_tensor(); })) {
    throw InputError("hints_wrapper: args must be tensors; let the body capture numbers");
  }
  CaptureHandler* handler = current_handler();
  return handler == nullptr ? body(args) : handler->hints_wrapper(body, args, hints);
}

}  // namespace roundtrip
