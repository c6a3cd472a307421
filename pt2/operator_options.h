#pragma once

#include <roundtrip/exported_program.h>

#include <boost/program_options.hpp>

namespace roundtrip::pt2 {

/// Adds `--library FILE`, a library that registers operators.
void add_library_option(boost::program_options::options_description& options);
/// Adds `--allow NAME`, a namespace or an operator that a program may call.
void add_allow_option(boost::program_options::options_description& options);

/// Loads the libraries that `--library` names, for good. Throws `UsageError` for one that
/// cannot be loaded.
void load_libraries(const boost::program_options::variables_map& values);
/// What `--allow` says: a name with colons is one operator's, others are namespaces.
AllowedOperators allowed_operators(const boost::program_options::variables_map& values);

}  // namespace roundtrip::pt2
