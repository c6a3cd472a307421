#include <roundtrip/error.h>
#include <roundtrip/transform.h>

#include <utility>

#include "export/api/chain_record.h"

namespace roundtrip {

namespace {

/// `record` is null where nobody asks what passes through the chain.
ExportedProgram call_from(std::size_t position, const std::vector<const Transform*>& chain,
                          ExportCall call, const ExportFn& base, ChainRecord* record) {
  const auto call_this = [&] {
    if (position == chain.size()) return base(std::move(call));
    const auto next = [&](ExportCall inner) {
      return call_from(position + 1, chain, std::move(inner), base, record);
    };
    return chain[position]->export_program(next, std::move(call));
  };
  ExportedProgram program = call_this();
  if (record != nullptr) record->keep_program(chain.size() - position, program);
  return program;
}

ExportedProgram call_recorded(const std::vector<const Transform*>& chain, ExportCall call,
                              const ExportFn& base, ChainRecord& record) {
  record.keep_inputs(call);
  try {
    ExportedProgram program = call_from(0, chain, std::move(call), base, &record);
    record.keep_outputs();
    return program;
  } catch (...) {
    record.keep_outputs();
    throw;
  }
}

/// Programs whose example inputs are missing, or cannot be read, can be carried still.
ExportCall call_of(const ExportedProgram& program) {
  try {
    if (const auto inputs = program.example_inputs()) return call_again(program, *inputs);
  } catch (const Error&) {
  }
  const Module unknown([](const Values&, const Kwargs&) -> Value {
    throw UnsupportedError("a program without example inputs cannot be exported again");
  });
  return {unknown, {}, {}, {}};
}

}  // namespace

ExportedProgram apply_transforms(const std::vector<const Transform*>& chain, ExportCall call,
                                 const ExportFn& base) {
  if (const auto record = ChainRecord::begin()) {
    return call_recorded(chain, std::move(call), base, *record);
  }
  return call_from(0, chain, std::move(call), base, nullptr);
}

ExportedProgram apply_transforms(const std::vector<const Transform*>& chain,
                                 const ExportedProgram& program) {
  bool is_first = true;
  const auto base = [&](ExportCall call) {
    return std::exchange(is_first, false) ? program : export_program(std::move(call));
  };
  return apply_transforms(chain, call_of(program), base);
}

}  // namespace roundtrip
