#include "pt2/commands.h"

#include <ATen/Context.h>
#include <roundtrip/pytree.h>
#include <roundtrip/torch_save.h>
#include <roundtrip/transform.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <vector>

#include "runner/plugin_host/plugin_host.h"
#include "runner/plugin_host/search_path.h"

namespace roundtrip::pt2 {

namespace fs = std::filesystem;

namespace {

void report(const std::string& subject, const std::string& reason) {
  std::cerr << "pt2: " << subject << ": " << reason << "\n";
}

bool for_each_file(const Arguments& arguments, const std::function<void(const fs::path&)>& work) {
  bool all_good = true;
  for (const auto& file : arguments.files) {
    try {
      work(file);
    } catch (const c10::Error& error) {
      report(file.string(), error.what_without_backtrace());
      all_good = false;
    } catch (const std::exception& error) {
      report(file.string(), error.what());
      all_good = false;
    }
  }
  return all_good;
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    throw UsageError("cannot make the folder '" + folder.string() + "': " + error.message());
}

/// Loads every plugin there is. One that cannot be used is reported: it may be
/// the one that offers what was asked for.
void load_plugins(const Arguments& arguments, PluginHost& host) {
  std::vector<PluginInfo> plugins;
  for (const auto& path : find_plugins(std::nullopt, arguments.plugin_dirs)) {
    try {
      plugins.push_back(host.load(path));
    } catch (const PluginError& error) {
      std::cerr << "pt2: " << error.what() << "\n";
    }
  }
  for (const auto& clash : find_clashes(plugins)) std::cerr << "pt2: " << clash << "\n";
}

using Owners = std::vector<std::shared_ptr<const Transform>>;

/// Transformations are made with the options that they have by default.
Owners make_transforms(const Arguments& arguments, PluginHost& host) {
  if (arguments.transforms.empty()) return {};
  load_plugins(arguments, host);
  Owners owners;
  try {
    for (const auto& name : arguments.transforms) owners.push_back(host.make_transform({name, {}}));
    return owners;
  } catch (const PluginError& error) {
    throw UsageError(error.what());
  }
}

/// Under a temporary name first: a failure leaves an older result as it was.
void write_file(const fs::path& path, const Bytes& bytes) {
  auto temporary = path;
  temporary += ".tmp";
  std::ofstream file(temporary, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) {
    auto reason = std::string(std::strerror(errno));
    fs::remove(temporary);
    throw Error("cannot write '" + path.string() + "': " + reason);
  }
  fs::rename(temporary, path);
}

Value run_on_example_inputs(const ExportedProgram& program) {
  auto inputs = program.example_inputs();
  if (!inputs) throw InputError("the program has no example inputs to run on");
  return program.run(inputs->args, inputs->kwargs);
}

}  // namespace

bool show(const Arguments& arguments) {
  return for_each_file(arguments, [](const fs::path& file) {
    // Only the graph is printed: no need to read the weights.
    std::cout << load(file, {.check_crc = false}).str() << std::flush;
    if (!std::cout) throw Error("cannot write to standard output");
  });
}

bool check(const Arguments& arguments) {
  return for_each_file(arguments, [](const fs::path& file) { load(file).validate(); });
}

bool convert(const Arguments& arguments) {
  PluginHost host;
  const Owners owners = make_transforms(arguments, host);
  std::vector<const Transform*> chain;
  for (const auto& transform : owners) chain.push_back(transform.get());
  make_folder(arguments.out);
  return for_each_file(arguments, [&](const fs::path& file) {
    auto name = file.stem();
    save(apply_transforms(chain, load(file)), arguments.out / (name += ".pt2"));
  });
}

bool eval(const Arguments& arguments) {
  make_folder(arguments.out);
  return for_each_file(arguments, [&](const fs::path& file) {
    auto program = load(file);
    at::manual_seed(arguments.seed);
    auto outputs = tree_flatten(run_on_example_inputs(program));
    auto name = file.stem();
    write_file(arguments.out / (name += ".out.pt"), torch_save(Value::tuple(std::move(outputs))));
  });
}

}  // namespace roundtrip::pt2
