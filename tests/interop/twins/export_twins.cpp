// export_twins OUTDIR: exports every C++ model that has a twin in Python. Writes for each
//   OUTDIR/NAME.static.pt2 and, if it has dynamic sizes, OUTDIR/NAME.dynamic.pt2,
//   or .error.txt in place of .pt2: why it could not be exported;
//   OUTDIR/NAME.automatic.pt2, all of whose sizes are Dim::AUTO;
//   if dynamic sizes are refused, NAME.strict.error.txt: what strict export says of them;
//   OUTDIR/NAME.runs.pt: what is dynamic, as Python's `dynamic_shapes`, the same where all is
//   automatic, and for inputs of each size (args, kwargs, leaves of the model's own outputs).
#include <ATen/ATen.h>
#include <roundtrip/pytree.h>
#include <roundtrip/torch_save.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "export/archive/program_archive.h"
#include "export/capture/capture.h"
#include "tests/interop/twins/twin.h"

namespace roundtrip {
namespace {

namespace fs = std::filesystem;

constexpr int kFurtherSizes = 3;

/// True if it was exported.
bool write_exported(const ExportCall& call, const std::string& stem) {
  try {
    write_program(capture_program(call), stem + ".pt2");
    return true;
  } catch (const std::exception& error) {
    std::ofstream(stem + ".error.txt") << error.what();
    return false;
  }
}

void write_dynamic(const Twin& twin, const std::string& stem) {
  at::manual_seed(0);
  ExportCall call = twin.dynamic_call();
  if (write_exported(call, stem + ".dynamic")) return;
  call.options.strict = true;
  write_exported(call, stem + ".strict");
}

Value kwargs_dict(const Kwargs& kwargs) {
  std::vector<std::pair<Value, Value>> entries;
  for (const auto& [key, value] : kwargs) entries.emplace_back(key, value);
  return Value::dict(std::move(entries));
}

/// Inputs are copied before the model runs, which may write to them.
Value example_run(const Twin& twin, std::int64_t growth) {
  at::manual_seed(0);
  const ExportCall call = twin.static_call(growth);
  const Value inputs = Value::tuple({Value::tuple(call.args), kwargs_dict(call.kwargs)});
  const Bytes saved = torch_save(inputs);
  at::manual_seed(0);
  Values outputs = tree_flatten(call.module(call.args, call.kwargs));
  const Value before = torch_load({saved.data(), saved.size()});
  return Value::tuple({before[0], before[1], Value::tuple(std::move(outputs))});
}

void write_runs(const Twin& twin, const fs::path& path) {
  Values runs;
  for (int growth = 0; growth <= (twin.is_dynamic() ? kFurtherSizes : 0); ++growth) {
    runs.push_back(example_run(twin, growth));
  }
  const Bytes bytes = torch_save(Value::tuple(
      {twin.described_shapes(), twin.described_automatic_shapes(), Value::tuple(std::move(runs))}));
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

void write_twin(const Twin& twin, const fs::path& folder) {
  const std::string stem = folder / twin.name;
  at::manual_seed(0);
  write_exported(twin.static_call(), stem + ".static");
  if (twin.is_dynamic()) write_dynamic(twin, stem);
  at::manual_seed(0);
  write_exported(twin.automatic_call(), stem + ".automatic");
  write_runs(twin, stem + ".runs.pt");
}

int write_twins(const fs::path& folder) {
  int failures = 0;
  for (const Twin& twin : all_twins()) {
    try {
      write_twin(twin, folder);
    } catch (const std::exception& error) {
      std::cerr << twin.name << ": " << error.what() << "\n";
      ++failures;
    }
  }
  return failures;
}

}  // namespace
}  // namespace roundtrip

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: export_twins OUTDIR\n";
    return 2;
  }
  std::filesystem::create_directories(argv[1]);
  return roundtrip::write_twins(argv[1]) == 0 ? 0 : 1;
}
