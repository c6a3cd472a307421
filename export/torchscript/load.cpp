#include <caffe2/serialize/file_adapter.h>
#include <caffe2/serialize/inline_container.h>
#include <roundtrip/error.h>
#include <roundtrip/torchscript.h>
#include <torch/csrc/jit/serialization/import.h>

#include <filesystem>
#include <memory>

#include "export/torchscript/attribute_check.h"
#include "export/torchscript/storage_check.h"
#include "export/torchscript/unsafe_operators.h"

namespace roundtrip {
namespace {

[[noreturn]] void fail(const std::string& reason) {
  if (reason.find("Unknown builtin op") != std::string::npos) {
    throw UnsupportedError("the model calls an operator that is not in this process; load the " +
                           ("library that registers it (pt2: --library FILE): " + reason));
  }
  throw ArchiveError("", "it is no TorchScript model that LibTorch can load: " + reason);
}

}  // namespace

jit::Module load_torchscript(const std::string& path, const AllowedOperators& allowed) try {
  if (!std::filesystem::is_regular_file(path)) throw ArchiveError("", "there is no such file");
  const auto file = std::make_shared<caffe2::serialize::FileAdapter>(path);
  caffe2::serialize::PyTorchStreamReader archive(file);
  check_storages(archive);
  jit::Module model = jit::load(file, c10::kCPU);
  check_attributes(model);
  refuse_foreign_operators(model, allowed);
  return model;
} catch (const Error&) {
  throw;
} catch (const c10::Error& error) {
  fail(error.what_without_backtrace());
} catch (const std::exception& error) {
  fail(error.what());
}

}  // namespace roundtrip
