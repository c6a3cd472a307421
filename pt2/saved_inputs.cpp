#include "pt2/saved_inputs.h"

#include <roundtrip/archive.h>
#include <roundtrip/error.h>
#include <roundtrip/module.h>
#include <roundtrip/pytree.h>
#include <roundtrip/torch_save.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace roundtrip::pt2 {

namespace fs = std::filesystem;

namespace {

std::string read_file(const fs::path& path) {
  if (!fs::is_regular_file(path)) {
    throw Error("cannot read '" + path.string() + "': it is not a regular file");
  }
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  if (!file) throw Error("cannot read '" + path.string() + "'");
  return std::move(bytes).str();
}

bool is_dict(const Value& value) {
  return value.is_container() && !value.container().keys.empty();
}

bool is_sequence(const Value& value) {
  return value.is_container() && value.container().keys.empty() &&
         value.container().type != "builtins.dict";
}

/// Names of the positional parameters, in order.
std::vector<std::string> positional_parameters(const ExportedProgram& program) {
  std::vector<std::string> names = program.module().arg_names();
  const auto& calls = program.program().graph_module.module_call_graph;
  if (calls.empty() || !calls.front().signature) return names;
  const TreeSpec spec = treespec_loads(calls.front().signature->in_spec);
  if (!spec.children.empty() && spec.children[0].children.size() < names.size()) {
    names.resize(spec.children[0].children.size());
  }
  return names;
}

/// After the positional ones `args`, those of the dict that are positional parameters go to their
/// places, as far as none before is missing; what then does not fit the program says.
ExampleInputs inputs_by_name(Values args, const Container& dict, const ExportedProgram& program) {
  ExampleInputs inputs{std::move(args), {}};
  for (std::size_t i = 0; i < dict.items.size(); ++i) {
    if (!dict.keys[i].is_string()) throw InputError("a name of an input is no text");
    inputs.kwargs.emplace_back(dict.keys[i].string(), dict.items[i]);
  }
  const std::vector<std::string> names = positional_parameters(program);
  for (std::size_t i = inputs.args.size(); i < names.size(); ++i) {
    const auto given = std::find_if(inputs.kwargs.begin(), inputs.kwargs.end(),
                                    [&](const auto& input) { return input.first == names[i]; });
    if (given == inputs.kwargs.end()) break;
    inputs.args.push_back(std::move(given->second));
    inputs.kwargs.erase(given);
  }
  return inputs;
}

ExampleInputs inputs_of(const Value& saved, const ExportedProgram& program) {
  if (is_dict(saved)) return inputs_by_name({}, saved.container(), program);
  if (!is_sequence(saved)) return {{saved}, {}};
  const Values& items = saved.container().items;
  const bool is_pair = saved.type_name() == "tuple" && items.size() == 2 &&
                       items[0].is_container() && items[0].type_name() == "tuple" &&
                       items[1].is_container() && items[1].container().type == "builtins.dict";
  if (!is_pair) return {items, {}};
  return inputs_by_name(items[0].container().items, items[1].container(), program);
}

ExampleInputs example_inputs_of(const ExportedProgram& program, const std::string& whose) {
  auto inputs = program.example_inputs();
  if (inputs) return std::move(*inputs);
  throw InputError(whose + " has no example inputs to run on; --inputs FILE gives some");
}

}  // namespace

Value read_saved(const fs::path& path) {
  try {
    return torch_load(read_file(path), /*map_to_cpu=*/true);
  } catch (const Error& error) {
    throw Error("the inputs in '" + path.string() + "': " + error.what());
  }
}

ExampleInputs inputs_to_run(const Arguments& arguments, const ExportedProgram& program) {
  const fs::path& file = arguments.inputs;
  if (file.empty()) return example_inputs_of(program, "the program");
  if (file.extension() != ".pt2") return inputs_of(read_saved(file), program);
  return example_inputs_of(load(file, {.device = at::kCPU}), "'" + file.string() + "'");
}

}  // namespace roundtrip::pt2
