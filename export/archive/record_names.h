#pragma once

#include <string>

/// Names of an archive's records, without the root folder.
namespace roundtrip::record_names {

inline const std::string kFormat = "archive_format";
inline const std::string kFormatVersion = "archive_version";
inline const std::string kZipVersion = ".data/version";
inline const std::string kOldZipVersion = "version";
inline const std::string kByteOrder = "byteorder";
inline const std::string kModels = "models/";
inline const std::string kExtra = "extra/";

inline constexpr const char* kFormatText = "pt2";
inline constexpr const char* kFormatVersionText = "0";
inline constexpr const char* kDefaultModel = "model";

inline std::string model(const std::string& model) {
  return kModels + model + ".json";
}
inline std::string sample_inputs(const std::string& model) {
  return "data/sample_inputs/" + model + ".pt";
}

/// A folder of payloads and the words its records' names are made of.
struct PayloadFolder {
  std::string path;
  std::string tensor_prefix;
  std::string config_suffix;
  std::string config(const std::string& model) const { return path + model + config_suffix; }
  /// Where PyTorch up to 2.7 kept all payloads as one pickle.
  std::string legacy(const std::string& model) const { return path + model + ".pt"; }
};
inline const PayloadFolder kWeights{"data/weights/", "weight_", "_weights_config.json"};
inline const PayloadFolder kConstants{"data/constants/", "tensor_", "_constants_config.json"};

}  // namespace roundtrip::record_names
