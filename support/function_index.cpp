#include "support/function_index.h"

#include <dwarf.h>

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace roundtrip {
namespace {

template <typename Visit>
void visit_children(Dwarf_Die* parent, Visit visit) {
  Dwarf_Die child;
  if (dwarf_child(parent, &child) != 0) return;
  do {
    if (!visit(child)) return;
  } while (dwarf_siblingof(&child, &child) == 0);
}

/// The block or inlined function in `parent` that the address lies in.
std::optional<Dwarf_Die> inner_scope(Dwarf_Die* parent, Dwarf_Addr address) {
  std::optional<Dwarf_Die> found;
  visit_children(parent, [&](Dwarf_Die& child) {
    const int tag = dwarf_tag(&child);
    const bool is_scope = tag == DW_TAG_lexical_block || tag == DW_TAG_inlined_subroutine;
    if (is_scope && dwarf_haspc(&child, address) > 0) found = child;
    return !found;
  });
  return found;
}

}  // namespace

std::vector<Dwarf_Die> FunctionIndex::scopes(Dwarf_Die* unit, Dwarf_Addr address) {
  const Dwarf_Die* function = function_at(unit, address);
  if (function == nullptr) return {};
  std::vector<Dwarf_Die> scopes{*function};
  while (const auto inner = inner_scope(&scopes.back(), address)) scopes.push_back(*inner);
  std::reverse(scopes.begin(), scopes.end());
  return scopes;
}

/// Compilers put most definitions into the unit itself, beside their declarations in namespaces.
const Dwarf_Die* FunctionIndex::function_at(Dwarf_Die* unit, Dwarf_Addr address) {
  Unit& index = units_[dwarf_dieoffset(unit)];
  if (!index.outer) add_functions(unit, /*with_namespaces=*/false, index.outer.emplace());
  if (const Dwarf_Die* function = find(*index.outer, address)) return function;
  if (!index.all) add_functions(unit, /*with_namespaces=*/true, index.all.emplace());
  return find(*index.all, address);
}

void FunctionIndex::add_functions(Dwarf_Die* parent, bool with_namespaces, Ranges& ranges) {
  visit_children(parent, [&](Dwarf_Die& child) {
    const int tag = dwarf_tag(&child);
    if (tag == DW_TAG_namespace && with_namespaces) add_functions(&child, true, ranges);
    if (tag != DW_TAG_subprogram) return true;
    Dwarf_Addr base = 0;
    Dwarf_Addr begin = 0;
    Dwarf_Addr end = 0;
    std::ptrdiff_t next = 0;
    while ((next = dwarf_ranges(&child, next, &base, &begin, &end)) > 0) {
      ranges.insert_or_assign(begin, Range{end, child});
    }
    return true;
  });
}

const Dwarf_Die* FunctionIndex::find(const Ranges& ranges, Dwarf_Addr address) {
  const auto next = ranges.upper_bound(address);
  if (next == ranges.begin()) return nullptr;
  const Range& range = std::prev(next)->second;
  return address < range.end ? &range.function : nullptr;
}

}  // namespace roundtrip
