#include "runner/page/page_data.h"

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "runner/history/diff_text.h"
#include "runner/report/test_json.h"

namespace roundtrip {

namespace {

using nlohmann::ordered_json;

/// Texts that many tests have in common are in the page once.
class Texts {
 public:
  std::size_t place(const std::string& text) {
    const auto [entry, is_new] = places_.emplace(text, list_.size());
    if (is_new) list_.push_back(text);
    return entry->second;
  }
  JsonList take() { return std::move(list_); }

 private:
  std::map<std::string, std::size_t> places_;
  JsonList list_;
};

/// In seconds, as exact as a clock is.
double rounded(double seconds) {
  return std::round(seconds * 1000) / 1000;
}

std::size_t outcome_place(std::optional<Outcome> outcome) {
  return static_cast<std::size_t>(&look_of(outcome) - outcome_looks().data());
}

ordered_json looks_json() {
  auto looks = ordered_json::array();
  for (const auto& look : outcome_looks()) {
    looks.push_back({{"name", look.name}, {"sign", look.sign}});
  }
  return looks;
}

ordered_json nights_json(const std::vector<PastRun>& nights) {
  auto list = ordered_json::array();
  for (const auto& run : nights) {
    list.push_back({{"run", run.number},
                    {"started", time_text(run.started)},
                    {"commit", short_commit(run.environment.commit)}});
  }
  return list;
}

/// What is empty is left out: most tests have nothing to tell.
void add_text(ordered_json& object, const char* key, const std::string& text, Texts& texts) {
  if (!text.empty()) object[key] = texts.place(text);
}

ordered_json attempts_json(const PageResult& result, Texts& texts) {
  auto list = ordered_json::array();
  for (const auto& attempt : result.attempts) {
    ordered_json entry = {{"outcome", outcome_place(attempt.outcome)},
                          {"seconds", rounded(attempt.seconds)}};
    add_text(entry, "message", attempt.message, texts);
    add_text(entry, "output", attempt.output, texts);
    add_text(entry, "stack", attempt.backtrace, texts);
    if (!attempt.subcases.empty()) entry["subcases"] = attempt.subcases;
    if (!attempt.left_running.empty()) entry["left"] = attempt.left_running;
    list.push_back(std::move(entry));
  }
  return list;
}

/// Whether there is more to an only attempt than to its result.
bool tells_more(const PageResult& result) {
  if (result.attempts.size() != 1) return !result.attempts.empty();
  const Attempt& only = result.attempts.front();
  return !only.output.empty() || !only.backtrace.empty() || !only.subcases.empty() ||
         !only.left_running.empty();
}

ordered_json events_json(const PageResult& result) {
  auto list = ordered_json::array();
  for (const auto& event : result.events) {
    list.push_back(event.night);
    list.push_back(outcome_place(event.outcome));
    list.push_back(rounded(event.seconds));
  }
  return list;
}

ordered_json result_json(const PageResult& result, Texts& texts) {
  ordered_json entry = {{"id", result.id},
                        {"row", texts.place(result.row)},
                        {"column", result.column},
                        {"outcome", outcome_place(result.outcome)},
                        {"seconds", rounded(result.seconds)}};
  if (result.is_bad) entry["bad"] = true;
  if (result.is_excused) entry["excused"] = true;
  add_text(entry, "message", result.message, texts);
  if (!result.notes.empty()) entry["notes"] = result.notes;
  if (result.settings) entry["settings"] = texts.place(*result.settings);
  if (tells_more(result)) entry["attempts"] = attempts_json(result, texts);
  if (!result.events.empty()) entry["events"] = events_json(result);
  return entry;
}

/// All of these characters stand in strings only, where JSON can spell them otherwise.
std::string inert(const std::string& json) {
  std::string text;
  text.reserve(json.size());
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string_view rest = std::string_view(json).substr(i, 3);
    const bool is_line_end = rest == "\u2028" || rest == "\u2029";
    if (json[i] == '<') {
      text += "\\u003c";
    } else if (json[i] == '>') {
      text += "\\u003e";
    } else if (json[i] == '&') {
      text += "\\u0026";
    } else if (is_line_end) {
      text += rest == "\u2028" ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      text += json[i];
    }
  }
  return text;
}

}  // namespace

std::string page_data(const Page& page) {
  Texts texts;
  JsonList results;
  for (const auto& result : page.results) results.push_back(result_json(result, texts));
  const ordered_json data = {{"outcomes", looks_json()},
                             {"columns", page.columns},
                             {"nights", nights_json(page.nights)},
                             {"results", std::move(results)},
                             {"texts", texts.take()}};
  return inert(to_line(data));
}

}  // namespace roundtrip
