#include "runner/page/page_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <pugixml.hpp>
#include <sstream>

#include "runner/history/diff.h"
#include "runner/history/diff_text.h"
#include "runner/text/steady_message.h"
#include "runner/text/utf8.h"

namespace roundtrip {

namespace {

using pugi::xml_node;

/// Beyond these only the number is shown: the grid has all.
constexpr std::size_t kMostGroups = 200;
constexpr std::size_t kMostInGroup = 100;
constexpr std::size_t kMostSlow = 20;
constexpr std::size_t kOpenGroups = 5;

/// Every text of a test goes through here, which makes no markup of it.
xml_node add(xml_node parent, const char* tag, const std::string& text = "",
             const std::string& style = "") {
  xml_node node = parent.append_child(tag);
  if (!style.empty()) node.append_attribute("class") = style.c_str();
  if (!text.empty()) node.append_child(pugi::node_pcdata).set_value(text.c_str());
  return node;
}

std::string html_of(const pugi::xml_document& document) {
  std::ostringstream text;
  document.save(text, "",
                pugi::format_raw | pugi::format_no_declaration | pugi::format_no_empty_element_tags,
                pugi::encoding_utf8);
  return text.str();
}

std::string shown_name(const OutcomeLook& look) {
  std::string name = look.name;
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

void add_sign(xml_node parent, const OutcomeLook& look) {
  add(parent, "span", look.sign, "sign " + look.name);
}

void add_link(xml_node parent, const std::string& id) {
  std::string address = "#test=";
  for (const unsigned char c : id) {
    address +=
        std::isalnum(c) != 0 ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
  }
  add(parent, "a", id, "name").append_attribute("href") = address.c_str();
}

std::string first_line(const std::string& message) {
  const std::string line = message.substr(0, message.find('\n'));
  return line.empty() ? "without a message" : line;
}

std::string tests_text(std::size_t count) {
  return fmt::format("{} {}", count, count == 1 ? "test" : "tests");
}

/// Failing tests of one message, in the order of the run.
using Group = std::vector<const PageResult*>;

std::vector<Group> groups_of(const Page& page) {
  Group failures;
  for (const auto& result : page.results) {
    if (result.is_failure()) failures.push_back(&result);
  }
  return groups_by_message(failures, [](const auto& result) { return result.message; });
}

void add_group(xml_node parent, const Group& group, bool is_open) {
  xml_node details = add(parent, "details", "", "group");
  if (is_open) details.append_attribute("open") = "";
  const PageResult& first = *group.front();
  xml_node summary = add(details, "summary");
  add(summary, "b", tests_text(group.size()) + " ");
  add(summary, "code", first_line(first.message));
  if (first.message.find('\n') != std::string::npos) add(details, "pre", first.message);
  xml_node list = add(details, "ul", "", "tests");
  for (std::size_t i = 0; i < std::min(group.size(), kMostInGroup); ++i) {
    xml_node item = add(list, "li");
    add_sign(item, look_of(group[i]->outcome));
    add_link(item, group[i]->id);
    add(item, "small",
        (group[i]->is_excused ? " in quarantine, " : " ") + shown_name(look_of(group[i]->outcome)));
  }
  if (group.size() > kMostInGroup) {
    add(details, "p", fmt::format("and {} more", group.size() - kMostInGroup));
  }
}

void add_failures(xml_node parent, const Page& page) {
  const auto groups = groups_of(page);
  if (groups.empty()) return;
  xml_node section = add(parent, "section");
  add(section, "h2", "Failures, by message");
  for (std::size_t i = 0; i < std::min(groups.size(), kMostGroups); ++i) {
    add_group(section, groups[i], i < kOpenGroups);
  }
  if (groups.size() > kMostGroups) {
    add(section, "p", fmt::format("and {} more messages", groups.size() - kMostGroups));
  }
}

void add_counts(xml_node parent, const Page& page) {
  xml_node list = add(parent, "ul", "", "counts");
  for (const auto& look : outcome_looks()) {
    const std::size_t count = page.count(look.outcome);
    if (count == 0) continue;
    xml_node item = add(list, "li");
    add_sign(item, look);
    add(item, "b", fmt::format("{}", count));
    add(item, "span", " " + shown_name(look));
  }
}

/// Of one column.
struct ColumnSums {
  std::vector<std::size_t> counts = std::vector<std::size_t>(outcome_looks().size());
  double seconds = 0;
};

std::vector<ColumnSums> sums_of(const Page& page) {
  std::vector<ColumnSums> sums(page.columns.size());
  for (const auto& result : page.results) {
    ColumnSums& sum = sums[result.column];
    sum.seconds += result.seconds;
    ++sum.counts[static_cast<std::size_t>(&look_of(result.outcome) - outcome_looks().data())];
  }
  return sums;
}

xml_node add_table(xml_node section, const std::vector<std::string>& heads) {
  xml_node table = add(add(section, "div", "", "wide"), "table");
  xml_node row = add(add(table, "thead"), "tr");
  for (const auto& head : heads) add(row, "th", head).append_attribute("scope") = "col";
  return add(table, "tbody");
}

void add_matrix(xml_node parent, const Page& page) {
  const auto& looks = outcome_looks();
  std::vector<std::string> heads = {"run / transform"};
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < looks.size(); ++i) {
    if (page.count(looks[i].outcome) == 0) continue;
    shown.push_back(i);
    heads.push_back(looks[i].sign + " " + shown_name(looks[i]));
  }
  heads.push_back("time");
  xml_node section = add(parent, "section");
  add(section, "h2", "Matrix");
  xml_node body = add_table(section, heads);
  const auto sums = sums_of(page);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    xml_node row = add(body, "tr");
    add(row, "th", page.columns[i]).append_attribute("scope") = "row";
    for (const std::size_t outcome : shown) {
      const std::size_t count = sums[i].counts[outcome];
      add(row, "td", fmt::format("{}", count),
          count > 0 ? "number " + looks[outcome].name : "number");
    }
    add(row, "td", fmt::format("{:.1f} s", sums[i].seconds), "number");
  }
}

void add_slowest(xml_node parent, const Page& page) {
  std::vector<const PageResult*> slowest;
  for (const auto& result : page.results) slowest.push_back(&result);
  const auto end =
      slowest.begin() + static_cast<std::ptrdiff_t>(std::min(slowest.size(), kMostSlow));
  std::partial_sort(slowest.begin(), end, slowest.end(),
                    [](const auto* a, const auto* b) { return a->seconds > b->seconds; });
  slowest.erase(end, slowest.end());
  xml_node section = add(parent, "section");
  add(section, "h2", "Longest tests");
  xml_node body = add_table(section, {"time", "test"});
  for (const auto* result : slowest) {
    xml_node row = add(body, "tr");
    add(row, "td", fmt::format("{:.3f} s", result->seconds), "number");
    add_link(add(row, "td"), result->id);
  }
}

void add_environment(xml_node parent, const Page& page) {
  const Environment& environment = page.run.environment;
  xml_node section = add(parent, "section");
  add(section, "h2", "Environment");
  xml_node list = add(section, "dl");
  const auto tell = [&](const char* name, const std::string& value) {
    if (value.empty()) return;
    add(list, "dt", name);
    add(list, "dd", printable(value));
  };
  tell("command", environment.command);
  tell("commit", environment.commit);
  tell("tests chosen by", page.run.part.selection);
  tell("LibTorch", environment.libtorch);
  tell("roundtrip", environment.roundtrip);
  tell("compiler", environment.compiler);
  tell("system", environment.system);
  tell("processor", environment.cpu);
  tell("machine", environment.host);
  for (const auto& plugin : environment.plugins) {
    tell("plugin", fmt::format("{} {} {}", plugin.name, plugin.version, plugin.sha256));
  }
}

}  // namespace

std::string page_title(const Page& page) {
  const auto bad = std::count_if(page.results.begin(), page.results.end(),
                                 [](const auto& result) { return result.is_bad; });
  return fmt::format("{}, {} not as expected{}", tests_text(page.results.size()), bad,
                     page.run.cut_short.empty() ? "" : ", not all was run");
}

std::string page_overview(const Page& page) {
  pugi::xml_document document;
  xml_node header = add(document, "header");
  add(header, "h1", page_title(page));
  std::string about = page.run.number > 0 ? printable(page.run.name) + ", " : "";
  about += fmt::format("{} UTC, {:.1f} s", time_text(page.run.started), page.run.seconds);
  if (!page.run.environment.commit.empty()) {
    about += ", commit " + printable(short_commit(page.run.environment.commit));
  }
  add(header, "p", about);
  if (!page.run.cut_short.empty()) {
    add(header, "p", "! Not all was run: " + printable(page.run.cut_short), "warning");
  }
  add_counts(header, page);
  add_failures(document, page);
  return html_of(document);
}

std::string page_details(const Page& page) {
  pugi::xml_document document;
  add_matrix(document, page);
  add_slowest(document, page);
  add_environment(document, page);
  return html_of(document);
}

}  // namespace roundtrip
