#include "pt2/commands.h"

#include <ATen/Context.h>
#include <roundtrip/archive.h>
#include <roundtrip/pytree.h>
#include <roundtrip/torch_save.h>

#include "pt2/files.h"
#include "pt2/report.h"
#include "pt2/saved_inputs.h"
#include "support/new_file.h"

namespace roundtrip::pt2 {

namespace fs = std::filesystem;

bool show(const Arguments& arguments) {
  return for_each_file(arguments, [&](const fs::path& file) {
    // Only the graph is printed: no need to read the weights.
    for (const auto& model : chosen_models(arguments, file, {.check_crc = false}))
      print(model.program.str() + "\n");
  });
}

bool check(const Arguments& arguments) {
  return for_each_file(arguments, [&](const fs::path& file) {
    for (const auto& model : chosen_models(arguments, file)) model.program.validate();
  });
}

bool convert(const Arguments& arguments, const ConvertFn& change) {
  make_folder(arguments.out);
  return for_each_file(arguments, [&](const fs::path& file) {
    auto models = chosen_models(arguments, file, {.allowed = arguments.allowed});
    if (!arguments.model.empty()) models[0].name = LoadOptions().model;
    at::manual_seed(arguments.seed);
    for (auto& [name, program] : models) {
      for (const auto& warning : program.program().warnings) report(file.string() + ": " + warning);
      program = change(program);
    }
    auto name = file.stem();
    save_models(models, arguments.out / (name += ".pt2"));
  });
}

bool eval(const Arguments& arguments) {
  make_folder(arguments.out);
  return for_each_file(arguments, [&](const fs::path& file) {
    const auto program = chosen_model(arguments, file);
    at::manual_seed(arguments.seed);
    const ExampleInputs inputs = inputs_to_run(arguments, program);
    auto outputs = tree_flatten(program.run(inputs.args, inputs.kwargs));
    const Bytes bytes = torch_save(Value::tuple(std::move(outputs)));
    auto name = file.stem();
    write_file(arguments.out / (name += ".out.pt"), {bytes.data(), bytes.size()});
  });
}

}  // namespace roundtrip::pt2
