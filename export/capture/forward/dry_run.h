#pragma once

namespace roundtrip {

/// Whether this thread is in a `dry_run`.
bool is_dry_run();

}  // namespace roundtrip
