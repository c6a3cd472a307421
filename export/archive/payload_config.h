#pragma once

#include <roundtrip/graph.h>

#include <optional>
#include <string>

namespace roundtrip {

/// What the archive says about one weight or constant: the record that holds it
/// and how to view that record as a tensor.
struct PayloadMeta {
  std::string path_name;
  bool is_param = false;
  bool use_pickle = false;
  std::optional<TensorMeta> tensor_meta;
};

struct PayloadConfig {
  OrderedMap<PayloadMeta> config;
};

}  // namespace roundtrip
