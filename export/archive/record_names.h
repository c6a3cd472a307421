#pragma once

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

/// Names of an archive's records, without the root folder.
namespace roundtrip::record_names {

inline constexpr const char* kFormat = "archive_format";
inline constexpr const char* kFormatVersion = "archive_version";
inline constexpr const char* kZipVersion = ".data/version";
inline constexpr const char* kOldZipVersion = "version";
inline constexpr const char* kByteOrder = "byteorder";
inline constexpr const char* kSerializationId = ".data/serialization_id";
inline constexpr std::string_view kModels = "models/";
inline constexpr std::string_view kExtra = "extra/";
inline constexpr std::string_view kSampleInputs = "data/sample_inputs/";

/// The program in files of PyTorch up to 2.7, which have no root folder.
inline constexpr std::string_view kLegacyProgram = "serialized_exported_program.json";

inline constexpr const char* kDefaultModel = "model";

inline std::string model(const std::string& model) {
  return c10::str(kModels, model, ".json");
}
inline std::string sample_inputs(const std::string& model) {
  return c10::str(kSampleInputs, model, ".pt");
}

/// A folder of payloads. Of what kind one is, the start of its record's name says.
struct PayloadFolder {
  std::string_view path;
  std::string_view tensor_prefix;
  std::string_view config_suffix;

  std::string config(const std::string& model) const {
    return c10::str(path, model, config_suffix);
  }
  /// Where PyTorch up to 2.7 kept all payloads as one pickle.
  std::string legacy(const std::string& model) const { return c10::str(path, model, ".pt"); }
};
inline constexpr PayloadFolder kWeights{"data/weights/", "weight_", "_weights_config.json"};
inline constexpr PayloadFolder kConstants{"data/constants/", "tensor_", "_constants_config.json"};

/// Script objects and Python objects, always pickled.
inline constexpr std::array<std::string_view, 2> kObjectPrefixes{"custom_obj_", "opaque_obj_"};

/// Whether a record is one of those that an archive of programs consists of.
inline bool is_of_programs(std::string_view name) {
  static constexpr std::array<std::string_view, 6> kFolders{
      kModels, kWeights.path, kConstants.path, kSampleInputs, kExtra, ".data/"};
  static constexpr std::array<std::string_view, 4> kFiles{kFormat, kFormatVersion, kOldZipVersion,
                                                          kByteOrder};
  const auto holds = [&](std::string_view folder) { return name.starts_with(folder); };
  return std::any_of(kFolders.begin(), kFolders.end(), holds) ||
         std::find(kFiles.begin(), kFiles.end(), name) != kFiles.end();
}

}  // namespace roundtrip::record_names
