#include "pt2/torchscript.h"

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <roundtrip/archive.h>
#include <roundtrip/export.h>
#include <roundtrip/torchscript.h>
#include <torch/csrc/jit/api/module.h>

#include "pt2/arguments.h"
#include "pt2/dynamic_input.h"
#include "pt2/example_input.h"
#include "pt2/operator_options.h"
#include "pt2/report.h"
#include "pt2/saved_inputs.h"

namespace roundtrip::pt2 {

namespace po = boost::program_options;

namespace {

using Texts = std::vector<std::string>;

struct Conversion {
  std::string model;
  std::string out;
  std::string method = "forward";
  Texts specs;         ///< of random tensors
  Texts dynamic;       ///< which sizes may vary
  std::string inputs;  ///< a file of inputs
  std::uint64_t seed = 0;
  bool strict = true;
  AllowedOperators allowed;
};

po::variables_map parse(const Texts& words) {
  po::options_description options;
  auto add = options.add_options();
  add("MODEL", po::value<std::string>());
  add("out,o", po::value<std::string>());
  add("input", po::value<Texts>());
  add("inputs", po::value<std::string>());
  add("dynamic", po::value<Texts>());
  add("method", po::value<std::string>());
  add("seed", po::value<std::uint64_t>());
  add("strict", po::bool_switch());
  add("non-strict", po::bool_switch());
  add_library_option(options);
  add_allow_option(options);
  return parse_words(words, options, "MODEL", 1);
}

Conversion conversion_from(const Texts& words) {
  const po::variables_map values = parse(words);
  const auto text = [&](const char* name) {
    return values.count(name) ? values[name].as<std::string>() : std::string();
  };
  Conversion conversion;
  conversion.model = text("MODEL");
  conversion.out = text("out");
  conversion.inputs = text("inputs");
  if (values.count("method")) conversion.method = text("method");
  if (values.count("input")) conversion.specs = values["input"].as<Texts>();
  if (values.count("dynamic")) conversion.dynamic = values["dynamic"].as<Texts>();
  if (values.count("seed")) conversion.seed = values["seed"].as<std::uint64_t>();
  conversion.strict = !values["non-strict"].as<bool>();
  if (conversion.model.empty()) {
    throw UsageError("'from-torchscript' needs a MODEL; see 'pt2 --help'");
  }
  if (conversion.out.empty()) {
    throw UsageError("'from-torchscript' needs --out FILE, the program to write");
  }
  if (values["strict"].as<bool>() && !conversion.strict) {
    throw UsageError("--strict and --non-strict exclude each other");
  }
  if (!conversion.specs.empty() && !conversion.inputs.empty()) {
    throw UsageError("--input and --inputs exclude each other");
  }
  load_libraries(values);
  conversion.allowed = allowed_operators(values);
  return conversion;
}

/// The inputs in a file of `torch.save`: a tuple or list of them, or one tensor.
Values saved_inputs(const std::string& path) {
  const Value saved = read_saved(path);
  const bool several = saved.is_container() && saved.container().keys.empty();
  return several ? saved.container().items : Values{saved};
}

Values example_inputs(const Conversion& conversion) {
  if (!conversion.inputs.empty()) return saved_inputs(conversion.inputs);
  at::manual_seed(conversion.seed);
  Values inputs;
  for (const std::string& spec : conversion.specs) inputs.emplace_back(random_tensor(spec));
  return inputs;
}

void convert_model(const Conversion& conversion) {
  const std::vector<DynamicInput> dynamic = parse_dynamic(conversion.dynamic);
  const Values inputs = example_inputs(conversion);
  const Module model =
      make_module(load_torchscript(conversion.model, conversion.allowed), conversion.method);
  ExportOptions options;
  options.strict = conversion.strict;
  options.dynamic_shapes = dynamic_shapes(dynamic, model, inputs);
  const ExportedProgram program = export_program(model, inputs, {}, options);
  for (const std::string& warning : program.program().warnings) {
    report(conversion.model + ": warning: " + warning);
  }
  save(program, conversion.out);
}

}  // namespace

bool from_torchscript(const Texts& words) {
  const Conversion conversion = conversion_from(words);
  try {
    convert_model(conversion);
    return true;
  } catch (const UsageError&) {
    throw;
  } catch (const c10::Error& error) {
    report(conversion.model + ": " + error.what_without_backtrace());
  } catch (const std::exception& error) {
    report(conversion.model + ": " + error.what());
  }
  return false;
}

}  // namespace roundtrip::pt2
