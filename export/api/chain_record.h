#pragma once

#include <roundtrip/export.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace roundtrip {

/// Keeps what passes through a chain of transformations, for who looks at a failure: the inputs,
/// the program that the export gave, and the program after each link, each written before the next
/// link begins, so that one that crashes loses none. Files are called `N_inputs.pt`, `N_0.pt2`
/// (before the chain), `N_1.pt2` (after the innermost link) and so on, N being the number of the
/// call in this process; `.out.pt` beside a program has what it gives for its example inputs, and
/// `.txt` why something is not there.
class ChainRecord {
 public:
  /// The variable that asks for it: a size in bytes, a space, and the folder, which is there.
  static constexpr const char* kVariable = "ROUNDTRIP_KEEP_PROGRAMS";

  /// Null unless this process is asked for it.
  static std::unique_ptr<ChainRecord> begin();

  void keep_inputs(const ExportCall& call);
  void keep_program(std::size_t links_done, const ExportedProgram& program);
  /// Runs the programs that were kept, each on its own example inputs and apart from all others.
  void keep_outputs();

 private:
  ChainRecord(std::filesystem::path folder, std::uint64_t limit);

  /// Of the name, with the number of the call before it.
  std::filesystem::path file(const std::string& name) const;
  void keep(const std::string& name, const std::string& extension, const std::vector<char>& bytes);
  void say_why(const std::string& name, const std::string& reason) const;

  struct Kept {
    std::string name;
    std::vector<char> bytes;
    AllowedOperators allowed;
  };

  std::filesystem::path folder_;
  std::uint64_t limit_;
  int number_;
  std::vector<Kept> kept_;
};

}  // namespace roundtrip
