#pragma once

#include <string>

#include "recipe.h"

namespace roundtrip::fuzz {

enum class Verdict {
  same,       ///< the program did what the model does, wherever both were tried
  refused,    ///< no program was made
  different,  ///< they differ
  internal,   ///< an error that is no refusal: something is broken
};

struct Judgement {
  Verdict verdict = Verdict::same;
  std::string reason;  ///< of all but `same`: what differed where, or the refusal
};

/// Captures the model, in a way that the seed chooses (static or dynamic, strict or not), and
/// compares the program with the model: on other data and at other sizes, the ends of their
/// ranges among them; results, their dtypes, sizes and strides, what it writes to inputs and
/// buffers, and gradients. Then one transformation of the program the same way: saved and
/// loaded, decomposed, exported again, or cloned. Where the model itself fails nothing is
/// compared, nor where a guard of the program says that it is not for these inputs.
Judgement judge(const Recipe& recipe, std::uint64_t seed);

}  // namespace roundtrip::fuzz
