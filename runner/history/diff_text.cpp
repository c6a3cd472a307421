#include "runner/history/diff_text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cctype>

#include "runner/report/json_report.h"
#include "runner/report/part_json.h"
#include "runner/report/test_json.h"
#include "runner/text/utf8.h"

namespace roundtrip {

namespace {

constexpr std::size_t kLongestLine = 160;

const ChangeInfo& info_of(ChangeKind kind) {
  return all_changes()[static_cast<std::size_t>(kind)];
}

std::string in_lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// One line of a message, and no more than fits one.
std::string start_of(const std::string& message) {
  const std::string line = printable(message.substr(0, message.find('\n')));
  return line.size() <= kLongestLine ? line : valid_utf8(line.substr(0, kLongestLine)) + "...";
}

std::string outcome_text(const PastResult* result) {
  if (result == nullptr) return "";
  const std::string name(outcome_name(result->outcome));
  return result->is_quarantined ? name + " in quarantine" : name;
}

/// "passed -> failed: why"; `arrow` stands between.
std::string change_text(const Change& change, const char* arrow) {
  if (change.kind == ChangeKind::slower) {
    return fmt::format("{:.3f} s {} {:.3f} s", change.seconds_before, arrow, change.seconds_after);
  }
  if (change.after == nullptr) return outcome_text(change.before);
  const std::string now = outcome_text(change.after), message = start_of(change.after->message);
  std::string text = change.before == nullptr
                         ? "new: " + now
                         : outcome_text(change.before) + " " + arrow + " " + now;
  if (change.kind == ChangeKind::added) text = now;
  if (change.before != nullptr && outcome_text(change.before) == now) text = now;
  return message.empty() ? text : text + ": " + message;
}

std::string runs_text(const std::vector<std::string>& runs) {
  if (runs.empty()) return "";
  return runs.size() == 1 ? fmt::format(" (in the run '{}')", runs.front())
                          : fmt::format(" (in '{}' and {} more)", runs.front(), runs.size() - 1);
}

std::string circumstance_text(const Circumstance& circumstance, const char* arrow) {
  return fmt::format("{}: {} {} {}{}", circumstance.name, start_of(circumstance.before), arrow,
                     start_of(circumstance.after), runs_text(circumstance.runs));
}

/// Such that neither Markdown nor HTML finds anything in it, nor GitHub somebody's name.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    const bool is_plain = static_cast<unsigned char>(c) >= 0x80 ||
                          std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                          std::string_view(" ,;-=%/?'").find(c) != std::string_view::npos;
    result += is_plain ? std::string(1, c) : fmt::format("&#{};", static_cast<int>(c));
  }
  return result;
}

/// The changes of each kind, kinds without any left out.
std::vector<std::pair<const ChangeInfo*, std::vector<const Change*>>> by_kind(const RunDiff& diff) {
  std::vector<std::pair<const ChangeInfo*, std::vector<const Change*>>> kinds;
  for (const auto& info : all_changes()) {
    std::vector<const Change*> changes;
    for (const auto& change : diff.changes) {
      if (change.kind == info.kind) changes.push_back(&change);
    }
    if (!changes.empty()) kinds.emplace_back(&info, std::move(changes));
  }
  return kinds;
}

fmt::text_style style_of(const ChangeInfo& info) {
  if (info.is_worse) return fmt::fg(fmt::terminal_color::red) | fmt::emphasis::bold;
  return info.kind == ChangeKind::fixed ? fmt::fg(fmt::terminal_color::green) : fmt::emphasis::bold;
}

nlohmann::ordered_json result_json_of(const PastResult* result) {
  if (result == nullptr) return nullptr;
  return {{"outcome", outcome_name(result->outcome)},
          {"bad", result->is_bad},
          {"quarantined", result->is_quarantined},
          {"duration", result->seconds},
          {"message", result->message}};
}

}  // namespace

std::string time_text(std::chrono::system_clock::time_point time) {
  return fmt::format("{:%Y-%m-%d %H:%M}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

std::string short_commit(const std::string& commit) {
  constexpr std::size_t kDigits = 12;
  const auto dash = commit.find('-');
  return commit.substr(0, std::min(kDigits, dash)) +
         (dash == std::string::npos ? "" : commit.substr(dash));
}

std::string run_title(const PastRun& run) {
  const std::string& commit = run.environment.commit;
  return fmt::format("{} ({}{})", run.name, time_text(run.started),
                     commit.empty() ? "" : ", commit " + short_commit(commit));
}

std::string summary_text(const RunDiff& diff) {
  std::vector<std::string> worse, others;
  for (const auto& [info, changes] : by_kind(diff)) {
    (info->is_worse ? worse : others)
        .push_back(fmt::format("{} {}", changes.size(), in_lower_case(info->title)));
  }
  const std::string rest = fmt::format("{}", fmt::join(others, ", "));
  if (worse.empty()) {
    return rest.empty() ? "nothing has changed" : "nothing got worse; " + rest;
  }
  return fmt::format("worse: {}{}{}", fmt::join(worse, ", "), rest.empty() ? "" : "; ", rest);
}

std::string diff_text(const RunDiff& diff, const PastRun& before, const PastRun& after,
                      const Terminal& terminal, std::size_t most) {
  std::string text = fmt::format("{} -> {}\n", run_title(before), run_title(after));
  for (const auto& entry : diff.circumstances) text += "  " + circumstance_text(entry, "->") + "\n";
  for (const auto& note : diff.notes) text += "  note: " + printable(note) + "\n";
  for (const auto& [info, changes] : by_kind(diff)) {
    text += fmt::format(
        "\n{}\n",
        terminal.paint(style_of(*info), fmt::format("{} ({})", info->title, changes.size())));
    const std::size_t shown = most == 0 ? changes.size() : std::min(most, changes.size());
    for (std::size_t i = 0; i < shown; ++i) {
      text += fmt::format("  {}  {}\n", changes[i]->id(),
                          terminal.paint(fmt::emphasis::faint, change_text(*changes[i], "->")));
    }
    if (shown < changes.size()) {
      text += fmt::format("  ... and {} more; --all lists them\n", changes.size() - shown);
    }
  }
  return text + fmt::format("\n{} tests are in both runs\n{}\n", diff.compared, summary_text(diff));
}

std::string diff_markdown(const RunDiff& diff, const PastRun& before, const PastRun& after) {
  constexpr std::size_t kMost = 50;  // of a kind; GitHub takes a megabyte in all
  std::string text = fmt::format("### {}\n\n{} → {}\n\n", escaped(summary_text(diff)),
                                 escaped(run_title(before)), escaped(run_title(after)));
  for (const auto& entry : diff.circumstances) {
    text += "- " + escaped(circumstance_text(entry, "→")) + "\n";
  }
  for (const auto& note : diff.notes) text += "- " + escaped(note) + "\n";
  for (const auto& [info, changes] : by_kind(diff)) {
    text += fmt::format("\n<details{}><summary>{} ({})</summary>\n\n",
                        info->is_worse ? " open" : "", info->title, changes.size());
    for (std::size_t i = 0; i < std::min(kMost, changes.size()); ++i) {
      text += fmt::format("- <code>{}</code> {}\n", escaped(changes[i]->id()),
                          escaped(change_text(*changes[i], "→")));
    }
    if (changes.size() > kMost) text += fmt::format("- and {} more\n", changes.size() - kMost);
    text += "\n</details>\n";
  }
  return text;
}

nlohmann::ordered_json run_json(const PastRun& run) {
  return {{"run", run.number == 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(run.number)},
          {"name", run.name},
          {"started", time_text(run.started)},
          {"duration", run.seconds},
          {"jobs", run.jobs},
          {"planned", run.planned},
          {"results", run.results},
          {"bad", run.bad},
          {"cut_short", text_or_null(run.cut_short)},
          {"shard", shard_json(run.part)},
          {"environment", environment_json(run.environment)}};
}

nlohmann::ordered_json diff_json(const RunDiff& diff, const PastRun& before, const PastRun& after) {
  auto circumstances = nlohmann::ordered_json::array();
  for (const auto& entry : diff.circumstances) {
    circumstances.push_back({{"name", entry.name},
                             {"before", entry.before},
                             {"after", entry.after},
                             {"runs", entry.runs}});
  }
  nlohmann::ordered_json counts;
  for (const auto& info : all_changes()) counts[info.name] = diff.count(info.kind);
  JsonList changes;
  for (const auto& change : diff.changes) {
    changes.push_back({{"change", info_of(change.kind).name},
                       {"worse", info_of(change.kind).is_worse},
                       {"id", change.id()},
                       {"before", result_json_of(change.before)},
                       {"after", result_json_of(change.after)}});
    if (change.kind != ChangeKind::slower) continue;
    changes.back()["seconds_before"] = change.seconds_before;
    changes.back()["seconds_after"] = change.seconds_after;
  }
  return {{"version", 1},
          {"before", run_json(before)},
          {"after", run_json(after)},
          {"worse", diff.is_worse()},
          {"compared", diff.compared},
          {"circumstances", std::move(circumstances)},
          {"notes", diff.notes},
          {"counts", std::move(counts)},
          {"changes", std::move(changes)}};
}

}  // namespace roundtrip
