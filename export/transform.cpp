#include <roundtrip/transform.h>

namespace roundtrip {

namespace {

ExportedProgram call_from(std::size_t position, const std::vector<const Transform*>& chain,
                          ExportCall call, const ExportFn& base) {
  if (position == chain.size()) return base(std::move(call));
  auto next = [&](ExportCall inner) {
    return call_from(position + 1, chain, std::move(inner), base);
  };
  return chain[position]->export_program(next, std::move(call));
}

}  // namespace

ExportedProgram apply_transforms(const std::vector<const Transform*>& chain, ExportCall call,
                                 const ExportFn& base) {
  return call_from(0, chain, std::move(call), base);
}

ExportedProgram apply_transforms(const std::vector<const Transform*>& chain,
                                 const ExportedProgram& program) {
  Module module(
      [&](const Values& args, const Kwargs& kwargs) { return program.run(args, kwargs); });
  return apply_transforms(chain, {std::move(module), {}, {}, {}},
                          [&](ExportCall) { return program; });
}

}  // namespace roundtrip
