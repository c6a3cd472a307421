#pragma once

#include <roundtrip/export.h>

#include <functional>
#include <map>
#include <string>

namespace roundtrip::bench {

/// Models by name, each made anew with its example inputs. `capture_models.py` has the same ones.
const std::map<std::string, std::function<ExportCall()>>& models();

}  // namespace roundtrip::bench
