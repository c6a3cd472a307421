#pragma once

#include <functional>
#include <string>

namespace roundtrip::fuzz {

/// Runs `work` in a process of its own, which is ended after `seconds` of silence. `work` says
/// what it did by calling `say` with a line each, `hear` gets them. Returns how the process
/// ended if not well: "exited with code 3", "no answer for 30 s"; else nothing.
std::string run_apart(const std::function<void(const std::function<void(std::string)>& say)>& work,
                      const std::function<void(const std::string& line)>& hear, int seconds);

}  // namespace roundtrip::fuzz
