#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
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
  std::string reason{};      ///< of all but `same`: what differed where, or the refusal
  std::size_t compared = 0;  ///< runs of programs beside the model
  std::size_t resized = 0;   ///< those of them at other sizes than the example's
};

/// Captures the model, in a way that the seed chooses (static or dynamic, strict or not), and
/// compares the program with the model: on other data and at other sizes, the ends of their
/// ranges among them; results, their dtypes, sizes and strides, what it writes to inputs and
/// buffers, and gradients. Then one transformation of the program the same way: saved and
/// loaded, decomposed, exported again, unflattened, or cloned, or two of them. Where the model
/// itself fails nothing is compared, nor where a guard or an assertion of the program says that it
/// is not for these inputs.
///
/// With a `folder`, leaves there `SEED.pt2`, `SEED.transformed.pt2`, and in `SEED.pt` a list of the
/// runs that were compared, for Python to run both: dicts of `inputs` and `state` before the run,
/// of `outputs`, and of both as `inputs_after` and `state_after`.
Judgement judge(const Recipe& recipe, std::uint64_t seed,
                const std::optional<std::filesystem::path>& folder = std::nullopt);

}  // namespace roundtrip::fuzz
