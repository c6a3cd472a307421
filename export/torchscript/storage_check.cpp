#include "export/torchscript/storage_check.h"

#include <roundtrip/error.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <string>

#include "export/program/pickle/pickled_view.h"
#include "export/program/pickle/unpickler.h"
#include "export/program/storage_types.h"

namespace roundtrip {
namespace {

using namespace pickle;
using caffe2::serialize::PyTorchStreamReader;

std::string text_of(PyTorchStreamReader& archive, const std::string& record) {
  const auto [data, size] = archive.getRecord(record);
  return {static_cast<const char*>(data.get()), size};
}

/// Stands in for what is of no use here.
Object nothing(const Objects&) {
  return {};
}

// ---- storages and tensors -------------------------------------------------

c10::ScalarType dtype_of(const ObjectPtr& storage_class) {
  const std::string& name = as<Global>(storage_class).name;
  if (const auto dtype = dtype_from_storage_class(name)) return *dtype;
  damaged("'" + name + "' is no storage class");
}

/// Of ("storage", class, key, device, number of elements). Without memory: it is of the size
/// that LibTorch believes it to have.
Object check_storage(PyTorchStreamReader& archive, const std::string& folder, const Objects& id) {
  if (id.size() != 5 || as<std::string>(id[0]) != "storage") {
    damaged("a storage's id is not (\"storage\", class, key, device, length)");
  }
  const c10::ScalarType dtype = dtype_of(id[1]);
  const std::string record = folder + "/" + as<std::string>(id[2]);
  const auto length = as<std::int64_t>(id[4]);
  std::int64_t size = 0;
  if (length < 0 ||
      __builtin_mul_overflow(length, static_cast<std::int64_t>(c10::elementSize(dtype)), &size)) {
    throw ArchiveError(record, "a storage cannot have " + std::to_string(length) + " elements");
  }
  const auto bytes = static_cast<std::size_t>(size);
  if (bytes != 0) {  // LibTorch reads no record for an empty storage
    if (!archive.hasRecord(record)) throw ArchiveError(record, "it is missing from the archive");
    const std::size_t there = archive.getRecordSize(record);
    if (there < bytes) {
      throw ArchiveError(record, "it has " + std::to_string(there) + " bytes, but the model's " +
                                     folder + ".pkl says " + std::to_string(bytes));
    }
  }
  return {Storage{c10::Storage(c10::Storage::use_byte_size_t(), bytes, at::DataPtr(), nullptr,
                               /*resizable=*/false),
                  dtype}};
}

Object check_tensor(const Objects& arguments) {
  if (arguments.size() != 6 && arguments.size() != 7) damaged("_rebuild_tensor_v2");
  const auto& [storage, dtype] = as<Storage>(arguments[0]);
  read_view(arguments, storage.nbytes() / c10::elementSize(dtype));
  return {};
}

// ---- pickles --------------------------------------------------------------

bool is_script_class(const std::string& name) {
  return name.starts_with("__torch__.") && !name.starts_with("__torch__.torch.classes.");
}

/// What the pickles of `torch.jit.save` name. Nothing else is let through: LibTorch takes
/// `_rebuild_from_type_v2`, say, as a sign to understand the next names in another way.
Environment make_environment(PyTorchStreamReader& archive, const std::string& folder) {
  Environment environment;
  environment.constructors = {
      {"torch._utils._rebuild_tensor_v2", check_tensor},
      {"collections.OrderedDict", nothing},
      {"builtins.complex", nothing},
      {"torch.device", nothing},
      {"torch.jit._pickle.build_boollist", nothing},
      {"torch.jit._pickle.build_doublelist", nothing},
      {"torch.jit._pickle.build_intlist", nothing},
      {"torch.jit._pickle.build_tensorlist", nothing},
      {"torch.jit._pickle.restore_type_tag", nothing},
  };
  environment.is_known_name = [](const std::string& name) {
    return is_script_class(name) || dtype_from_storage_class(name).has_value();
  };
  environment.instance_of = [](const std::string& name) -> Object {
    if (!is_script_class(name)) damaged("'" + name + "' is called");
    return {};
  };
  environment.persistent_load = [&archive, folder](const Objects& id) {
    return check_storage(archive, folder, id);
  };
  return environment;
}

void check_pickle(PyTorchStreamReader& archive, const std::string& folder) {
  const std::string record = folder + ".pkl";
  const Environment environment = make_environment(archive, folder);
  try {
    unpickle(text_of(archive, record), environment);
  } catch (const UnsupportedError& error) {
    throw UnsupportedError("record '" + record + "': " + error.what());
  } catch (const ArchiveError& error) {
    if (!error.record().empty()) throw;
    throw ArchiveError(record, error.what());
  }
}

// ---- code -----------------------------------------------------------------

/// Names of records are the same in capitals for LibTorch. What stands beside the code are
/// its source lines, which nobody runs.
bool is_code(const std::string& record) {
  constexpr std::string_view kFolder = "code/";
  return strncasecmp(record.c_str(), kFolder.data(), kFolder.size()) == 0 &&
         !record.ends_with(".debug_pkl");
}

void refuse_code_that_loads(PyTorchStreamReader& archive) {
  for (const std::string& record : archive.getAllRecords()) {
    if (is_code(record) && text_of(archive, record).find("__setstate__") != std::string::npos) {
      throw UnsupportedError("record '" + record +
                             "': a class has a '__setstate__', which would run while the model "
                             "is loaded; save the model without it");
    }
  }
}

}  // namespace

void check_storages(PyTorchStreamReader& archive) {
  constexpr std::array kPickles{"constants", "data"};
  for (const std::string folder : kPickles) {
    if (!archive.hasRecord(folder + ".pkl")) {
      throw ArchiveError("", "it is no TorchScript model: record '" + folder +
                                 ".pkl', which torch.jit.save writes, is missing");
    }
  }
  if (archive.hasRecord("model.json")) {
    throw UnsupportedError(
        "record 'model.json': a model of a torch older than 1.4; load it in "
        "Python and save it again");
  }
  refuse_code_that_loads(archive);
  for (const char* folder : kPickles) check_pickle(archive, folder);
}

}  // namespace roundtrip
