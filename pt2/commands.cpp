#include "pt2/commands.h"

#include <ATen/Context.h>
#include <roundtrip/archive.h>
#include <roundtrip/error.h>
#include <roundtrip/pytree.h>
#include <roundtrip/torch_save.h>

#include <unistd.h>

#include <functional>
#include <iostream>
#include <new>
#include <vector>

#include "pt2/isolated.h"
#include "pt2/report.h"
#include "support/new_file.h"
#include "support/plain_text.h"

namespace roundtrip::pt2 {

namespace fs = std::filesystem;

namespace {

bool for_each_file(const Arguments& arguments, const std::function<void(const fs::path&)>& work) {
  bool all_good = true;
  for (const auto& file : arguments.files) {
    int failed = 0;
    const std::string trouble =
        run_isolated([&] { return work_on(file, work) ? 0 : 1; }, arguments.limits, failed);
    if (!trouble.empty()) report(file.string() + ": " + trouble);
    all_good = all_good && trouble.empty() && failed == 0;
  }
  return all_good;
}

/// The models of the file that a command is about: the one that was chosen, or all.
std::vector<NamedProgram> chosen_models(const Arguments& arguments, const fs::path& file,
                                        LoadOptions options = {}) {
  if (arguments.model.empty()) return load_models(file, options);
  options.model = arguments.model;
  return {{options.model, load(file, options)}};
}

/// For a command that takes one model of a file.
ExportedProgram chosen_model(const Arguments& arguments, const fs::path& file) {
  const auto models = chosen_models(arguments, file, {.allowed = arguments.allowed});
  if (models.size() == 1) return models[0].program;
  std::string names;
  for (const auto& model : models) names += (names.empty() ? "" : ", ") + model.name;
  throw Error("it holds several models, of which one must be chosen by --model: " + names);
}

Value run_on_example_inputs(const ExportedProgram& program) {
  auto inputs = program.example_inputs();
  if (!inputs) throw InputError("the program has no example inputs to run on");
  return program.run(inputs->args, inputs->kwargs);
}

}  // namespace

void print(const std::string& text) {
  std::cout << (::isatty(STDOUT_FILENO) ? terminal_text(text) : text) << std::flush;
  if (!std::cout) throw Error("cannot write to standard output");
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    throw UsageError("cannot make the folder '" + folder.string() + "': " + error.message());
}

bool work_on(const fs::path& file, const std::function<void(const fs::path&)>& work) {
  try {
    work(file);
    return true;
  } catch (const c10::Error& error) {
    report(file.string() + ": " + error.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    report(file.string() + ": there is not enough memory");
  } catch (const std::exception& error) {
    report(file.string() + ": " + error.what());
  }
  return false;
}

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
    auto outputs = tree_flatten(run_on_example_inputs(program));
    const Bytes bytes = torch_save(Value::tuple(std::move(outputs)));
    auto name = file.stem();
    write_file(arguments.out / (name += ".out.pt"), {bytes.data(), bytes.size()});
  });
}

}  // namespace roundtrip::pt2
