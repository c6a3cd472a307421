#pragma once

#include "export/capture/recording/recorder.h"
#include "export/capture/trace/subgraph.h"

namespace roundtrip {

/// What a `cond` gives: results of the branch that this run takes, whose sizes are new
/// symbols where the branches' differ, with the bounds that both have. Call it right
/// before the `cond` is appended to `outer`. Both were checked to be of one kind.
Values merge_branches(Recorder& outer, const Subgraph& if_true, const Subgraph& if_false,
                      bool takes_true);

}  // namespace roundtrip
