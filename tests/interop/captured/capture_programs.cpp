// capture_programs OUTDIR: exports every model and writes OUTDIR/STEM.pt2 and, as a
// flat tuple, what the model itself returns: OUTDIR/STEM.expected.pt.
#include <ATen/ATen.h>
#include <roundtrip/pytree.h>
#include <roundtrip/torch_save.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "export/archive/program_archive.h"
#include "export/capture/capture.h"
#include "tests/interop/captured/captured_models.h"

namespace roundtrip {
namespace {

void write_outputs(const Value& outputs, const std::filesystem::path& path) {
  const Bytes bytes = torch_save(Value::tuple(tree_flatten(outputs)));
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// The program is saved before the model runs, which may change its buffers.
void write_model(const CapturedModel& model, const std::filesystem::path& folder) {
  at::manual_seed(0);
  const ExportCall call = model.make();
  write_program(capture_program(call), folder / (model.stem + ".pt2"));
  at::manual_seed(0);
  write_outputs(call.module(call.args, call.kwargs), folder / (model.stem + ".expected.pt"));
}

int write_models(const std::filesystem::path& folder) {
  int failures = 0;
  for (const auto& models : {control_flow_models(), module_call_models()}) {
    for (const CapturedModel& model : models) {
      try {
        write_model(model, folder);
      } catch (const std::exception& error) {
        std::cerr << model.stem << ": " << error.what() << "\n";
        ++failures;
      }
    }
  }
  return failures;
}

/// Weights and input on the meta device, and what LibTorch has no kernels for there. Its twin is
/// in test_meta.py.
Module meta_model() {
  const auto meta = [](at::IntArrayRef sizes) {
    return at::empty(sizes, at::TensorOptions(at::kMeta)).requires_grad_();
  };
  ModuleState state;
  state.parameters.insert("kernel", meta({4, 3, 3, 3}));
  state.parameters.insert("scale", meta({4}));
  state.parameters.insert("weight", meta({6, 36}));
  Module model(
      [state](const at::Tensor& x) {
        const at::Tensor features = at::conv2d(x, state.parameters["kernel"], {}, {2}, {1});
        const at::Tensor normal = at::group_norm(features, 2, state.parameters["scale"]);
        const at::Tensor rows = normal.flatten(2).transpose(1, 2);
        const at::Tensor heads = rows.unsqueeze(1);
        const at::Tensor attended = at::scaled_dot_product_attention(heads, heads, heads);
        const at::Tensor positive = attended > 0;
        const at::Tensor picked = at::where(positive, attended, at::relu(attended));
        return at::linear(picked.squeeze(1).transpose(1, 2), state.parameters["weight"]);
      },
      [state] { return state; });
  return model.arg_names({"x"});
}

void write_meta_model(const std::filesystem::path& path) {
  const at::Tensor x = at::empty({2, 3, 12, 12}, at::TensorOptions(at::kMeta));
  std::filesystem::create_directories(path.parent_path());
  write_program(capture_program({meta_model(), {x}, {}, {}}), path);
}

}  // namespace
}  // namespace roundtrip

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: capture_programs OUTDIR\n";
    return 2;
  }
  std::filesystem::create_directories(argv[1]);
  roundtrip::write_meta_model(std::filesystem::path(argv[1]) / "meta" / "meta.pt2");
  return roundtrip::write_models(argv[1]) == 0 ? 0 : 1;
}
