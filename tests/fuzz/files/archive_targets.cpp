#include <roundtrip/archive.h>
#include <roundtrip/torch_save.h>

#include <memory>
#include <utility>

#include "tests/fuzz/files/records.h"
#include "tests/fuzz/files/target.h"

namespace roundtrip::fuzz {

namespace {

const std::vector<std::string> kWords = {
    "null",         "true",      "\"as_none\"", "\"as_int\"",     "\"as_expr\"",  "\"Infinity\"",
    "\"\"",         "{}",        "[]",          "\"as_tensor\"",  "\"\\u001b[\"", "x",
    "\"TRAINING\"", "\"model\"", "[{}]",        "\"as_tensors\"", "\"as_graph\"", "model",
    "\"s0\""};

using Corpus = std::shared_ptr<const std::vector<std::string>>;

/// Loading must succeed or be refused; so must what a command does with a program.
void load_and_use(const std::string& bytes, bool check_crc) {
  const ExportedProgram program = load(Bytes(bytes.begin(), bytes.end()), {.check_crc = check_crc});
  program.str();
  save(program);
  program.example_inputs();
  program.validate();
}

/// Headers are where the zip format's own numbers are.
std::string mutate_headers(std::string bytes, Random& random) {
  std::vector<std::size_t> headers;
  for (auto at = bytes.find("PK"); at != bytes.npos; at = bytes.find("PK", at + 2)) {
    headers.push_back(at);
  }
  for (auto edits = 1 + random() % 3; edits > 0; --edits) {
    const std::size_t at = one_of(headers, random) + below(random, 56);
    if (at < bytes.size())
      bytes[at] = static_cast<char>(random() % 3 ? random() : random() % 2 * 255);
  }
  return bytes;
}

bool is_json(const std::string& name) {
  return name.ends_with(".json");
}

std::string mutate_record(Records records, Random& random, bool json) {
  std::vector<Record*> chosen;
  for (Record& record : records) {
    if (is_json(record.first) == json) chosen.push_back(&record);
  }
  if (chosen.empty()) return zip_of(records);
  std::string& text = one_of(chosen, random)->second;
  text =
      json ? mutate_text(std::move(text), random, kWords) : mutate_bytes(std::move(text), random);
  if (random() % 50 == 0)
    records.erase(records.begin() + static_cast<long>(below(random, records.size())));
  return zip_of(records);
}

std::string example_inputs_of(const std::string& bytes) {
  for (const Record& record : records_of(bytes)) {
    if (record.first.starts_with("data/sample_inputs/")) return record.second;
  }
  return "";
}

}  // namespace

std::vector<Target> archive_targets() {
  const Corpus corpus =
      std::make_shared<const std::vector<std::string>>(contents_of(ROUNDTRIP_CORPUS, ".pt2"));
  const auto strictly = [](const std::string& input) { load_and_use(input, true); };
  return {
      {"bytes", [corpus](Random& random) { return mutate_bytes(one_of(*corpus, random), random); },
       [](const std::string& input) { load_and_use(input, false); }},
      {"zip", [corpus](Random& random) { return mutate_headers(one_of(*corpus, random), random); },
       strictly},
      {"json",
       [corpus](Random& random) {
         return mutate_record(records_of(one_of(*corpus, random)), random, true);
       },
       strictly},
      {"payloads",
       [corpus](Random& random) {
         return mutate_record(records_of(one_of(*corpus, random)), random, false);
       },
       strictly},
      {"pickles",
       [corpus](Random& random) {
         const std::string inputs = example_inputs_of(one_of(*corpus, random));
         return inputs.empty() ? inputs : mutate_record(records_of(inputs), random, false);
       },
       [](const std::string& input) { torch_load(input); }},
  };
}

}  // namespace roundtrip::fuzz
