#include "export/program/fx/literals.h"

#include <roundtrip/error.h>

#include <type_traits>

#include "export/program/python/text.h"
#include "export/program/storage_types.h"

namespace roundtrip {

namespace {

std::string layout_name(c10::Layout layout) {
  switch (layout) {
    case c10::Layout::Strided:
      return "torch.strided";
    case c10::Layout::Sparse:
      return "torch.sparse_coo";
    case c10::Layout::SparseCsr:
      return "torch.sparse_csr";
    case c10::Layout::SparseCsc:
      return "torch.sparse_csc";
    case c10::Layout::SparseBsr:
      return "torch.sparse_bsr";
    case c10::Layout::SparseBsc:
      return "torch.sparse_bsc";
    case c10::Layout::Mkldnn:
      return "torch._mkldnn";
    default:
      throw UnsupportedError("an unknown tensor layout");
  }
}

std::string memory_format_name(c10::MemoryFormat format) {
  switch (format) {
    case c10::MemoryFormat::Contiguous:
      return "torch.contiguous_format";
    case c10::MemoryFormat::Preserve:
      return "torch.preserve_format";
    case c10::MemoryFormat::ChannelsLast:
      return "torch.channels_last";
    case c10::MemoryFormat::ChannelsLast3d:
      return "torch.channels_last_3d";
    default:
      throw UnsupportedError("an unknown memory format");
  }
}

std::string device_repr(c10::Device device) {
  std::string repr = "device(type='" + c10::DeviceTypeName(device.type(), true) + "'";
  if (device.has_index()) repr += ", index=" + std::to_string(device.index());
  return repr + ")";
}

struct LiteralVisitor {
  using Literal = std::optional<std::string>;

  Literal operator()(NoneArgument) const { return "None"; }
  Literal operator()(std::int64_t value) const { return python_repr(value); }
  Literal operator()(double value) const { return python_repr(value); }
  Literal operator()(bool value) const { return python_repr(value); }
  Literal operator()(const std::string& value) const { return python_repr(value); }
  Literal operator()(std::complex<double> value) const { return python_repr(value); }
  Literal operator()(c10::ScalarType value) const { return dtype_name(value); }
  Literal operator()(c10::MemoryFormat value) const { return memory_format_name(value); }
  Literal operator()(c10::Layout value) const { return layout_name(value); }
  Literal operator()(c10::Device value) const { return device_repr(value); }
  Literal operator()(const OperatorArgument& value) const { return value.name; }
  Literal operator()(const UnknownArgument& value) const { return value.json; }
  template <typename T>
  Literal operator()(const T&) const {
    return std::nullopt;
  }
};

}  // namespace

std::string dtype_abbreviation(c10::ScalarType dtype) {
  auto name = dtype_name(dtype).substr(6);  // after "torch."
  if (dtype == c10::ScalarType::Bool) return "b8";
  for (auto [prefix, letter] :
       {std::pair{"bfloat", "bf"}, std::pair{"float8_", "f8"}, std::pair{"float", "f"},
        std::pair{"uint", "u"}, std::pair{"int", "i"}, std::pair{"complex", "c"}}) {
    if (name.starts_with(prefix)) return letter + name.substr(std::string_view(prefix).size());
  }
  return name;
}

std::optional<std::string> literal_of(const Argument& argument) {
  return std::visit(LiteralVisitor(), argument.value);
}

}  // namespace roundtrip
