#include "runner/filter/filter.h"

#include <sys/utsname.h>

#include <cctype>

#include "runner/filter/expression.h"

namespace roundtrip {

const Machine& this_machine() {
  static const Machine machine = [] {
    utsname names{};
    ::uname(&names);
    std::string system = names.sysname;
    for (char& c : system) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return Machine{ROUNDTRIP_LIBTORCH_VERSION, system + "-" + names.machine};
  }();
  return machine;
}

Filter::Filter(std::string_view text) : text_(text), root_(parse_filter(text)) {
}

bool Filter::matches(const FilterSubject& test) const {
  return root_->answer(test) == true;
}

bool Filter::may_match(FilterSubject test) const {
  test.machine = nullptr;
  return root_->answer(test) != false;
}

std::vector<std::string> Filter::arguments_of(std::string_view predicate) const {
  std::vector<std::string> arguments;
  root_->add_arguments(predicate, arguments);
  return arguments;
}

std::string exact_glob(const std::string& text) {
  std::string glob;
  bool is_plain = !text.empty();
  for (const char c : text) {
    is_plain = is_plain && (std::isalnum(static_cast<unsigned char>(c)) ||
                            std::string_view("_.-+:/").find(c) != std::string_view::npos);
    if (std::string_view("*?[]\\\"").find(c) != std::string_view::npos) glob += '\\';
    glob += c;
  }
  return is_plain ? glob : '"' + glob + '"';
}

}  // namespace roundtrip
