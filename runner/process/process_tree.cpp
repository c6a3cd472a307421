#include "runner/process/process_tree.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>

namespace roundtrip {

namespace {

namespace fs = std::filesystem;

std::optional<pid_t> pid_named(const fs::path& folder) {
  const std::string name = folder.filename().string();
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return pid;
}

/// The numbers that name the entries of a folder of /proc.
std::vector<pid_t> pids_in(const fs::path& folder) {
  std::vector<pid_t> pids;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (const auto pid = pid_named(entry->path())) pids.push_back(*pid);
  }
  return pids;
}

/// What /proc/PID/stat says after the name, which may have parentheses: the state, the parent.
std::optional<pid_t> parent_of(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const auto end_of_name = text.rfind(") ");
  if (end_of_name == std::string::npos) return std::nullopt;
  return std::atoi(text.c_str() + end_of_name + 4);
}

std::string command_line(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/cmdline", process));
  std::string text(std::istreambuf_iterator<char>(file), {});
  std::replace(text.begin(), text.end(), '\0', ' ');
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

}  // namespace

std::vector<pid_t> search_children(pid_t process) {
  std::vector<pid_t> children = pids_in("/proc");
  std::erase_if(children, [&](pid_t pid) { return parent_of(pid) != process; });
  return children;
}

std::vector<pid_t> children_of(pid_t process) {
  std::vector<pid_t> children;
  for (const pid_t thread : pids_in(fmt::format("/proc/{}/task", process))) {
    std::ifstream file(fmt::format("/proc/{}/task/{}/children", process, thread));
    if (!file) return search_children(process);
    children.insert(children.end(), std::istream_iterator<pid_t>(file), {});
  }
  return children;
}

OwnChildren::OwnChildren() {
  const std::string path = fmt::format("/proc/self/task/{}/children", ::gettid());
  file_ = UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

std::vector<pid_t> OwnChildren::list() const {
  if (!file_.is_open()) return search_children(::getpid());
  std::vector<pid_t> children;
  std::array<char, 4096> text;
  std::string rest;  // of a number that the next read ends
  off_t place = 0;
  for (ssize_t size; (size = ::pread(file_.get(), text.data(), text.size(), place)) > 0;
       place += size) {
    for (const char c : std::string_view(text.data(), static_cast<std::size_t>(size))) {
      if (c != ' ') {
        rest += c;
      } else {
        children.push_back(std::atoi(rest.c_str()));
        rest.clear();
      }
    }
  }
  return children;
}

std::vector<pid_t> descendants_of(pid_t process) {
  std::vector<pid_t> all = children_of(process);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto further = children_of(all[i]);
    all.insert(all.end(), further.begin(), further.end());
  }
  return all;
}

LeftProcess describe_process(pid_t process) {
  constexpr std::size_t kLongest = 100;
  std::string text = command_line(process);
  if (text.empty() || text == command_line(::getpid())) text = "a fork";
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
  return {process, fmt::format("{} (process {})", text, process)};
}

}  // namespace roundtrip
