#include "pt2/diff.h"

#include <roundtrip/archive.h>
#include <roundtrip/difference.h>
#include <roundtrip/error.h>

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "pt2/arguments.h"
#include "pt2/files.h"
#include "pt2/isolated.h"
#include "pt2/report.h"
#include "support/plain_text.h"

namespace roundtrip::pt2 {

namespace po = boost::program_options;

namespace {

enum DiffCode : int { kSame = 0, kDifferent = 1, kTrouble = 2 };

using Files = std::vector<std::string>;

po::options_description describe() {
  po::options_description options;
  options.add_options()("FILE", po::value<Files>())("names", "")("metadata", "")("json", "")(
      "model", po::value<std::string>());
  return options;
}

const char* kind_name(Change::Kind kind) {
  switch (kind) {
    case Change::Kind::added:
      return "added";
    case Change::Kind::removed:
      return "removed";
    case Change::Kind::moved:
      return "moved";
    case Change::Kind::changed:
      break;
  }
  return "changed";
}

nlohmann::ordered_json to_json(const std::vector<Change>& changes) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& change : changes) {
    nlohmann::ordered_json entry{{"kind", kind_name(change.kind)}, {"what", change.what}};
    for (const auto& [what, before, after] : change.details) {
      entry["details"].push_back({{"what", what}, {"before", before}, {"after", after}});
    }
    if (!change.inner.empty()) entry["inner"] = to_json(change.inner);
    list.push_back(std::move(entry));
  }
  return list;
}

nlohmann::ordered_json to_json(const Difference& difference) {
  auto parts = nlohmann::ordered_json::array();
  for (const auto& part : difference.parts) {
    parts.push_back({{"name", part.name}, {"changes", to_json(part.changes)}});
  }
  return {{"same", difference.empty()}, {"parts", std::move(parts)}};
}

bool has_colours() {
  const char* terminal = std::getenv("TERM");
  return ::isatty(STDOUT_FILENO) && std::getenv("NO_COLOR") == nullptr &&
         std::string(terminal ? terminal : "dumb") != "dumb";
}

/// Text from the files must not control the terminal.
void make_plain(std::vector<Change>& changes) {
  for (auto& change : changes) {
    change.what = one_line(change.what);
    for (auto& detail : change.details) {
      detail = {one_line(detail.what), one_line(detail.before), one_line(detail.after)};
    }
    make_plain(change.inner);
  }
}

void print_difference(Difference difference, const po::variables_map& values) {
  if (values.count("json")) {
    using nlohmann::json;
    std::cout << to_json(difference).dump(2, ' ', false, json::error_handler_t::replace) << "\n";
  } else {
    for (auto& part : difference.parts) make_plain(part.changes);
    std::cout << difference.str(has_colours());
  }
  if (!std::cout.flush()) throw Error("cannot write to standard output");
}

int compare(const Files& files, const po::variables_map& values) {
  LoadOptions options;
  if (values.count("model")) options.model = values["model"].as<std::string>();
  std::vector<ExportedProgram> programs;
  for (const auto& file : files) {
    const auto read = [&](const std::filesystem::path& path) {
      programs.push_back(load(path, options));
    };
    if (!work_on(file, read)) return kTrouble;
  }
  bool is_same = false;
  const auto tell = [&](const std::filesystem::path&) {
    const Difference found = difference(programs[0], programs[1],
                                        {values.count("names") > 0, values.count("metadata") > 0});
    is_same = found.empty();
    print_difference(found, values);
  };
  if (!work_on(files[1], tell)) return kTrouble;
  return is_same ? kSame : kDifferent;
}

}  // namespace

int diff(const std::vector<std::string>& words) {
  const auto values = parse_words(words, describe(), "FILE", -1);
  const Files files = values.count("FILE") ? values["FILE"].as<Files>() : Files{};
  if (files.size() != 2) {
    throw UsageError("'diff' takes two files, A and B; see 'pt2 --help'");
  }
  int code = kTrouble;
  const std::string trouble = run_isolated([&] { return compare(files, values); }, {}, code);
  if (trouble.empty()) return code;
  report("the comparison of " + files[0] + " and " + files[1] + " failed: " + trouble);
  return kTrouble;
}

}  // namespace roundtrip::pt2
