#pragma once

#include <ATen/core/Tensor.h>
#include <roundtrip/graph.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace roundtrip {

/// Bytes that are carried and never interpreted: a pickled object, a pickled
/// tuple of example inputs. A view that keeps its owner (the mapped file) alive.
struct RawBytes {
  std::string_view view;
  std::shared_ptr<const void> owner;
};

/// One entry of the program's weights or constants.
struct Payload {
  /// The tensor, or the bytes of a script object, opaque object or pickled
  /// tensor subclass, which are carried through and never unpickled.
  std::variant<at::Tensor, RawBytes> data;
  bool is_param = false;
  /// For bytes only: the record's kind, `weight_`, `tensor_`, `custom_obj_` or
  /// `opaque_obj_`, and the meta the file had for it.
  std::string raw_prefix;
  std::optional<TensorMeta> raw_meta;
  /// Where the file says that the tensor lies, if not on the CPU, where its elements are here all
  /// the same (one on the meta device has none). It is shown, checked and saved so; a program
  /// that has one is not run: `ExportedProgram::to` moves it to the CPU.
  std::optional<c10::Device> device = {};
};

/// Which operators a program may call. By default those of `aten` and `prims` that exports
/// contain: functional and in-place ones. Kernels that are called from inside of LibTorch only
/// trust their arguments, and some crash on wrong ones, so these need leave: operators that write
/// to an `out` argument, `_foreach_` operators, and `_backward` operators unless the program's
/// outputs are a loss or gradients. Operators that read or write files are refused, whatever is
/// allowed. It is a fence, no sandbox: a program that is not trusted should run in a process of
/// its own with limits, as `pt2 eval` runs it.
struct AllowedOperators {
  /// All that the process knows: for programs whose author is trusted.
  bool all = false;
  /// Namespaces that the user trusts (`torchvision`, say), with all of their operators.
  std::vector<std::string> namespaces = {};
  /// Operators beyond those, by full name: `aten::add.out`, `torchvision::nms`.
  std::vector<std::string> operators = {};
};

/// Everything an ExportedProgram consists of: plain data, owned by value.
/// Tensors are shared as `at::Tensor` shares them.
struct Program {
  GraphModule graph_module;
  OrderedMap<std::int64_t> opset_version;
  OrderedMap<RangeConstraint> range_constraints;
  SchemaVersion schema_version;
  std::vector<std::string> verifiers;  ///< the dialect: `TRAINING`, `ATEN`
  std::string torch_version;
  std::vector<std::string> guards_code;

  /// Parameters and persistent buffers, by qualified name.
  OrderedMap<Payload> weights;
  /// Tensor constants, non-persistent buffers and objects, by name.
  OrderedMap<Payload> constants;
  /// The record `data/sample_inputs/model.pt`: a `torch.save` of
  /// `(args, kwargs)`, or empty when the program has no example inputs.
  RawBytes example_inputs;
  /// Files a user stored beside the program, by name, without `extra/`.
  OrderedMap<RawBytes> extra_files;
  /// What its author should know: a dynamic size that was read as a plain integer, say.
  /// Sentences, filled by `export_program` and `load`; not part of the file.
  std::vector<std::string> warnings;
  /// What it may call when it runs: all, if this process captured it; what `LoadOptions` said,
  /// if it was loaded. Not part of the file; transformations hand it on.
  AllowedOperators allowed;
};

}  // namespace roundtrip
