#pragma once

// Headers that most files of export/ and the suites parse anyway. Only headers that
// never change while working: ccache may give back a precompiled header made
// before an edit that it takes for a comment.
#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <torch/ordered_dict.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>
