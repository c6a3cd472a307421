#include "runner/process/backtrace.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sstream>
#include <utility>

#include "support/stack_trace.h"

namespace roundtrip {

namespace {

using Frames = std::vector<StackFrame>;

std::string library_of(const StackFrame& frame) {
  return std::filesystem::path(frame.object).filename().string();
}

/// Calls that the C++ library makes on its way to the code that it was given.
bool is_of_library(const StackFrame& frame) {
  constexpr std::string_view kStarts[] = {"std::", "__gnu_cxx::", "__cxxabiv1::", "__cxa_"};
  // Not all of its functions have names; little debug information has no namespaces of inlined
  // ones.
  return library_of(frame).starts_with("libstdc++.so") ||
         frame.file.find("/include/c++/") != std::string::npos ||
         std::any_of(std::begin(kStarts), std::end(kStarts),
                     [&](auto start) { return frame.function.starts_with(start); });
}

/// What runs the phases of a test in every suite; nothing of the test is outside of it. With debug
/// information, what run_phase was called with is a frame, too.
bool runs_test(const StackFrame& frame) {
  return frame.function == "roundtrip::detail::run_phase" ||
         frame.function.starts_with("roundtrip::detail::run_with_fixture");
}

/// What starts a process or a thread.
bool starts_thread(const StackFrame& frame) {
  const std::string library = library_of(frame);
  return library.starts_with("libc.so") || library.starts_with("libstdc++.so");
}

/// The test's own frames; never empty.
Frames of_test(Frames frames) {
  const auto runner = std::filesystem::read_symlink("/proc/self/exe");
  Frames kept(frames.begin(), std::find_if(frames.begin(), frames.end(), runs_test));
  std::erase_if(kept, [&](const auto& frame) { return frame.object == runner; });
  while (!kept.empty() && (starts_thread(kept.back()) || is_of_library(kept.back()))) {
    kept.pop_back();
  }
  return kept.empty() ? frames : kept;
}

std::string frame_text(const StackFrame& frame) {
  if (frame.function.empty()) return fmt::format("{}+{:#x}", library_of(frame), frame.offset);
  if (frame.object.empty()) return frame.function;
  if (frame.file.empty()) return frame.function + " in " + library_of(frame);
  return fmt::format("{} at {}:{}", frame.function, frame.file, frame.line);
}

/// Of consecutive calls in the C++ library only the outermost, which the code called, is kept.
std::vector<std::string> lines_of(const Frames& frames) {
  std::vector<std::string> lines;
  for (auto frame = frames.begin(); frame != frames.end();) {
    const auto end = is_of_library(*frame) ? std::find_if_not(frame, frames.end(), is_of_library)
                                           : std::next(frame);
    const std::ptrdiff_t inner = std::distance(frame, end) - 1;
    lines.push_back(frame_text(*std::prev(end)));
    if (inner > 0)
      lines.back() += fmt::format(" (and {} call{} within)", inner, inner > 1 ? "s" : "");
    frame = end;
  }
  return lines;
}

/// Of "OFFSET FILE"; the text itself where a test has written something else.
Frames frames_of(const std::string& text) {
  static FileSymbolizer symbolizer;
  std::uintptr_t offset = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, offset, 16);
  if (error != std::errc() || rest == end || *rest != ' ') return {{.function = text}};
  return symbolizer.frames_at(std::string(rest + 1, end), offset);
}

/// Repeated lines, as of a recursion, become one.
std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (auto line = lines.begin(); line != lines.end();) {
    const auto end =
        std::find_if(line, lines.end(), [&](const auto& other) { return other != *line; });
    const std::ptrdiff_t times = std::distance(line, end);
    text += (text.empty() ? "" : "\n") + *line;
    if (times > 1) text += fmt::format(" ({} times)", times);
    line = end;
  }
  return text;
}

std::string stack_text(const std::vector<std::string>& frames) {
  Frames all;
  for (const auto& text : frames) {
    const Frames found = frames_of(text);
    all.insert(all.end(), found.begin(), found.end());
  }
  return joined(lines_of(of_test(std::move(all))));
}

/// "pt_main (12)"; of many threads the first few, and how many more there are.
std::string names_text(const std::vector<std::string>& threads) {
  constexpr std::size_t kShown = 3;
  const auto shown =
      threads.begin() + static_cast<std::ptrdiff_t>(std::min(kShown, threads.size()));
  std::string text = fmt::format("{}", fmt::join(threads.begin(), shown, ", "));
  if (threads.size() > kShown) text += fmt::format(" and {} more", threads.size() - kShown);
  return text;
}

std::string indented(const std::string& text) {
  std::string result;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) result += "\n  " + line;
  return result;
}

}  // namespace

std::string readable_backtrace(const std::vector<ThreadStack>& stacks) {
  if (stacks.empty()) return "";
  if (stacks.size() == 1) return stack_text(stacks.front().frames);
  std::vector<std::pair<std::string, std::vector<std::string>>> threads_by_text;
  for (const auto& stack : stacks) {
    std::string text = stack_text(stack.frames);
    const auto same = std::find_if(threads_by_text.begin(), threads_by_text.end(),
                                   [&](const auto& entry) { return entry.first == text; });
    auto& entry = same != threads_by_text.end()
                      ? *same
                      : threads_by_text.emplace_back(std::move(text), std::vector<std::string>());
    entry.second.push_back(stack.thread);
  }
  std::string all;
  for (const auto& [text, threads] : threads_by_text) {
    all += fmt::format("{}{} {}:{}", all.empty() ? "" : "\n",
                       threads.size() == 1 ? "thread" : "threads", names_text(threads),
                       indented(text));
  }
  return all;
}

}  // namespace roundtrip
