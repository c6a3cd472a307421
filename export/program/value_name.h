#pragma once

#include <roundtrip/graph.h>

#include <string>

namespace roundtrip {

/// What the value that an output or input stands for is called; null if it has no name.
struct ValueName {
  const std::string* operator()(const TensorArgument& value) const { return &value.name; }
  const std::string* operator()(const CustomObjArgument& value) const { return &value.name; }
  const std::string* operator()(const SymIntArgument& value) const {
    return std::get_if<std::string>(&value.value);
  }
  const std::string* operator()(const SymFloatArgument& value) const {
    return std::get_if<std::string>(&value.value);
  }
  const std::string* operator()(const SymBoolArgument& value) const {
    return std::get_if<std::string>(&value.value);
  }
  template <typename T>
  const std::string* operator()(const T&) const {
    return nullptr;
  }
};

}  // namespace roundtrip
