#pragma once

#include <roundtrip/exported_program.h>

#include <cstddef>
#include <optional>

namespace roundtrip {

/// How many nodes the program has, with those of its subgraphs.
std::size_t count_nodes(const ExportedProgram& program);

/// How many subgraphs the nodes of its own graph have, those of subgraphs not counted.
std::size_t count_subgraphs(const ExportedProgram& program);

/// The nodes of the subgraph at that place among these as a program of their own, whose example
/// inputs are what the subgraph is given first: of a loop in its first iteration, of `map` for the
/// first element. Nothing where it does not take the arguments of its node in that way. Runs the
/// program.
std::optional<ExportedProgram> subgraph_program(const ExportedProgram& program, std::size_t place);

/// What stands in for a tensor that a node gave which is left out.
enum class StandIn {
  constant,  ///< a new tensor of one number
  value      ///< another one of its type and sizes that is known by then
};

/// How many nodes of its subgraphs may be left out: all but such constants.
std::size_t count_inner_nodes(const ExportedProgram& program);

/// The program without `count` of these, from the one at place `begin` on, and without what only
/// they used. Nothing where they give what has no stand-in, and where it would not have fewer.
std::optional<ExportedProgram> without_inner_nodes(const ExportedProgram& program,
                                                   std::size_t begin, std::size_t count,
                                                   StandIn stand_in);

}  // namespace roundtrip
