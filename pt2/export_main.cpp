#include <string>
#include <vector>

#include "pt2/arguments.h"
#include "pt2/diff.h"
#include "pt2/exit_code.h"
#include "pt2/reduce.h"
#include "pt2/torchscript.h"
#include "pt2/transforms.h"

/// `pt2-export`: the commands of `pt2` for which its runtime is not enough. `pt2` runs it.
namespace roundtrip::pt2 {
namespace {

const CommandOptions kReduce{.name = "reduce",
                             .has_out = true,
                             .has_transforms = true,
                             .has_library = true,
                             .runs_programs = true};

int real_main(const std::vector<std::string>& all) {
  if (all.empty()) throw UsageError("it is run by 'pt2'; see 'pt2 --help'");
  const std::vector<std::string> words(all.begin() + 1, all.end());
  const auto exit_code = [](bool all_good) { return all_good ? kDone : kFileFailed; };
  if (all[0] == "diff") return diff(words);
  if (all[0] == "from-torchscript") return exit_code(from_torchscript(words));
  if (all[0] == "reduce") return exit_code(reduce(parse_arguments(kReduce, words)));
  return exit_code(convert_by_transforms(parse_arguments(kConvert, words)));
}

}  // namespace
}  // namespace roundtrip::pt2

int main(int argc, char** argv) {
  return roundtrip::pt2::run_main(argc, argv, roundtrip::pt2::real_main);
}
