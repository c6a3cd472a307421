#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "export/symbolic/expr/expr.h"

namespace roundtrip {

/// What a guard asks of an input: the input itself (an int), or a size, stride or
/// storage offset of a tensor.
struct GuardSource {
  enum class Kind { value, size, stride, storage_offset };

  std::size_t leaf = 0;  ///< index among the program's flat inputs
  Kind kind = Kind::value;
  std::size_t dimension = 0;
};

/// A condition on the inputs that the program was traced under, such as
/// `L['y'].size()[0] == (2*L['x'].size()[0])`.
struct Guard {
  std::string text;  ///< as upstream's message says it: `y.size()[0] == 2 * x.size()[0]`
  Expr condition;    ///< the symbol "0" stands for `sources[0]`, and so on
  std::vector<GuardSource> sources;
};

/// Reads the Python expression that a file has for a guard: comparisons and
/// arithmetic on sizes, and no more. The text is untrusted: nothing of it is
/// evaluated as code; length and nesting are limited. Throws `UnsupportedError`
/// that names the guard if it is outside this grammar: it may be what keeps the
/// program from a wrong result, so it is not ignored.
Guard parse_guard(std::string_view text, const std::vector<std::string>& leaf_names);

/// The guard of a condition whose symbols are named as messages write them (`x.size()[0]`),
/// each with its source in `sources`.
Guard make_guard(const Expr& condition,
                 const std::unordered_map<std::string, GuardSource>& sources);

}  // namespace roundtrip
