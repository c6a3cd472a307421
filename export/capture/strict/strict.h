#pragma once

#include <roundtrip/export.h>

#include <functional>

#include "export/capture/trace/trace.h"

namespace roundtrip {

/// What `strict` asks for: runs forward again on other data, and on other sizes where
/// they are dynamic, and throws `CaptureError` naming the first node that differs from
/// `first`. `trace` runs it.
void require_same_again(const ExportCall& call, const Trace& first,
                        const std::function<Trace(const ExportCall&)>& trace);

}  // namespace roundtrip
