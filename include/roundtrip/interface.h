#pragma once

#include <roundtrip/graph.h>
#include <roundtrip/value.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What a program takes and gives, as its graph describes it.
namespace roundtrip {

/// A size of a tensor, or a whole number: which values it may have.
struct SizeRange {
  /// As programs are printed: `4`, or an expression of symbols, `s77`, `2*s77 + 1`.
  std::string text;
  bool is_dynamic = false;
  /// Both inclusive. As in Python, a program whose range begins at 2 takes 0 and 1, too. Of an
  /// expression they are known if it is a multiple of one symbol and a number: `2*s77 + 1`.
  std::optional<std::int64_t> min = {};
  std::optional<std::int64_t> max = {};
};

/// A tensor, a number or a constant.
struct ValueInfo {
  /// What it is; nothing for a constant.
  std::optional<ValueKind> type = {};
  c10::ScalarType dtype = c10::ScalarType::Undefined;  ///< of a tensor
  c10::Device device = c10::Device(c10::kCPU);         ///< of a tensor
  std::vector<SizeRange> sizes = {};                   ///< of a tensor
  std::optional<SizeRange> number = {};                ///< of a whole number
  Value constant = {};                                 ///< if it is one; None is one, too

  /// As programs are printed: `f32[s77, 4]`, `Sym(s77)`, `None`, `3`.
  std::string str() const;
};

struct ProgramInput : ValueInfo {
  std::string name;  ///< as errors name it: `x`, `d['a'][0]`
  /// `user_input`, or `constant_input` for one that must be `constant`.
  InputKind kind = InputKind::user_input;
};

struct ProgramOutput : ValueInfo {
  std::string name;  ///< of the graph's value; empty for a constant
  std::string path;  ///< in the result: empty if that is it, else `[0]`, `['logits'][1]`
  OutputKind kind = OutputKind::user_output;  ///< or `loss_output`
};

/// Names that `load_state_dict` had no use for.
struct StateDictNames {
  std::vector<std::string> missing;     ///< of the program, not given
  std::vector<std::string> unexpected;  ///< given, not of the program
};

}  // namespace roundtrip
