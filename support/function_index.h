#pragma once

#include <elfutils/libdw.h>

#include <map>
#include <optional>
#include <vector>

namespace roundtrip {

/// The functions of a unit of debug information by their code. libdw looks through all of the unit
/// for each address, which takes long where the unit has headers such as LibTorch's in it.
class FunctionIndex {
 public:
  /// The blocks and functions around the address, innermost first; empty if they are not known.
  std::vector<Dwarf_Die> scopes(Dwarf_Die* unit, Dwarf_Addr address);

 private:
  struct Range {
    Dwarf_Addr end;
    Dwarf_Die function;
  };
  using Ranges = std::map<Dwarf_Addr, Range>;  ///< by where they begin

  struct Unit {
    std::optional<Ranges> outer{};  ///< functions that stand in the unit itself
    std::optional<Ranges> all{};    ///< those in its namespaces, too
  };

  static void add_functions(Dwarf_Die* parent, bool with_namespaces, Ranges& ranges);
  static const Dwarf_Die* find(const Ranges& ranges, Dwarf_Addr address);
  const Dwarf_Die* function_at(Dwarf_Die* unit, Dwarf_Addr address);

  std::map<Dwarf_Off, Unit> units_;
};

}  // namespace roundtrip
