#pragma once

#include <optional>

#include "runner/cli/arguments.h"
#include "runner/cli/session.h"
#include "runner/plan/shard.h"

namespace roundtrip {

/// Adds --shard, --shard-by and --times.
void declare_sharding(boost::program_options::options_description& options);

/// Throws UsageError when their values are wrong or do not go together.
void check_sharding(const Arguments& arguments);

/// The shard that the command line asks for. Throws UsageError.
std::optional<Shard> given_shard(const Arguments& arguments);

/// The same, or the one that the environment asks for, which is refused beside --cell: a CI that
/// fans out over cells sets the same variables. Tells Bazel that shards are known.
std::optional<Shard> given_or_found_shard(const Arguments& arguments);

/// Leaves only the shard's tests in the session's plan.
void take_shard(const Arguments& arguments, const Shard& shard, Session& session);

}  // namespace roundtrip
