#include <roundtrip/archive.h>
#include <roundtrip/error.h>
#include <roundtrip/export.h>

#include <functional>
#include <memory>
#include <regex>

#include "tests/fuzz/files/records.h"
#include "tests/fuzz/files/target.h"

namespace roundtrip::fuzz {

namespace {

const std::vector<std::string> kNumbers = {"0",
                                           "1",
                                           "-1",
                                           "2",
                                           "3",
                                           "7",
                                           "9223372036854775807",
                                           "-9223372036854775808",
                                           "4611686018427387904",
                                           "2147483648",
                                           "null"};

/// Puts something else into a few of the places that `pattern`'s first group finds.
std::string mutate_places(const std::string& text, const std::regex& pattern, Random& random,
                          const std::function<std::string()>& other) {
  std::string result;
  auto rest = text.begin();
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
    if (random() % 4 != 0) continue;
    result.append(rest, text.begin() + match->position(1)).append(other());
    rest = text.begin() + match->position(1) + match->length(1);
  }
  return result.append(rest, text.end());
}

bool is_dynamic(const std::string& archive) {
  return archive.find("\"as_expr\"") != archive.npos;
}

std::vector<std::string> dynamic_programs() {
  auto programs = contents_of(ROUNDTRIP_CORPUS, ".pt2");
  std::erase_if(programs, [](const std::string& archive) { return !is_dynamic(archive); });
  return programs;
}

std::string with_other_ranges(Records records, Random& random) {
  static const std::regex kExpression("\"expr_str\": ?\"([^\"]*)\"");
  static const std::regex kBound("\"(?:min_val|max_val)\": ?(-?[0-9]+|null)");
  for (auto& [name, text] : records) {
    if (!name.starts_with("models/")) continue;
    if (random() % 2) {
      text = mutate_places(text, kExpression, random,
                           [&] { return random_expression(random, 1 + random() % 3); });
    }
    text = mutate_places(text, kBound, random, [&] { return one_of(kNumbers, random); });
  }
  return zip_of(records);
}

/// Each step may be refused, and the next is tried.
void use(const std::string& bytes) {
  const auto program = load(Bytes(bytes.begin(), bytes.end()));
  const auto attempt = [](const std::function<void()>& step) {
    try {
      step();
    } catch (const Error&) {
    }
  };
  const auto inputs = program.example_inputs();
  if (!inputs) return;
  attempt([&] { program.validate(); });
  attempt([&] { program.run(inputs->args, inputs->kwargs); });
  attempt([&] { program.run_decompositions(); });
  attempt([&] { export_program(call_again(program, *inputs)); });
}

}  // namespace

std::vector<Target> range_targets() {
  const auto corpus = std::make_shared<const std::vector<std::string>>(dynamic_programs());
  return {{"ranges",
           [corpus](Random& random) {
             return with_other_ranges(records_of(one_of(*corpus, random)), random);
           },
           use}};
}

}  // namespace roundtrip::fuzz
