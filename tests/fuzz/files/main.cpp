/// Reads damaged files of every kind that this project reads; see `./dev fuzz files`.
#include <unistd.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <fstream>
#include <iostream>
#include <iterator>

#include "tests/fuzz/files/campaign.h"

namespace roundtrip::fuzz {

namespace fs = std::filesystem;
namespace po = boost::program_options;

std::vector<std::string> contents_of(const fs::path& folder, const std::string& extension) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == extension) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> contents;
  for (const auto& path : files) {
    std::ifstream file(path, std::ios::binary);
    contents.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return contents;
}

fs::path write_scratch(const std::string& contents, const std::string& extension) {
  static const fs::path folder = [] {
    std::string name = (fs::temp_directory_path() / "roundtrip_fuzz_XXXXXX").string();
    return fs::path(::mkdtemp(name.data()));
  }();
  const fs::path path = folder / (std::to_string(::getpid()) + extension);
  std::ofstream(path, std::ios::binary) << contents;
  return path;
}

namespace {

std::vector<Target> all_targets() {
  std::vector<Target> all;
  for (auto* make :
       {archive_targets, expression_targets, range_targets, torchscript_targets, runner_targets}) {
    for (Target& target : make()) all.push_back(std::move(target));
  }
  return all;
}

int real_main(int argc, char** argv) {
  Campaign campaign;
  std::vector<std::string> names;
  po::options_description options("file_fuzzer [TARGET...] [options]");
  po::options_description_easy_init add = options.add_options();
  add("target", po::value(&names), "what to read; everything unless given");
  add("seed", po::value(&campaign.seed), "of the random choices");
  add("cases", po::value(&campaign.cases), "how many of each target");
  add("minutes", po::value(&campaign.minutes), "how long, instead of how many");
  add("failures", po::value<std::string>(), "the folder for inputs that failed");
  add("case", po::value<std::uint64_t>(), "run one case, in this process");
  add("help", "print this");
  po::positional_options_description places;
  places.add("target", -1);
  po::variables_map values;
  po::store(po::command_line_parser(argc, argv).options(options).positional(places).run(), values);
  po::notify(values);
  std::vector<Target> targets = all_targets();
  if (values.count("help")) {
    std::cout << options << "targets:";
    for (const Target& target : targets) std::cout << " " << target.name;
    std::cout << "\n";
    return 0;
  }
  std::erase_if(targets, [&](const Target& target) {
    return !names.empty() && std::find(names.begin(), names.end(), target.name) == names.end();
  });
  if (values.count("failures")) campaign.failures = values["failures"].as<std::string>();
  if (values.count("case")) {
    for (const Target& target : targets) {
      run_case(target, campaign.seed, values["case"].as<std::uint64_t>());
    }
    return 0;
  }
  return run_campaign(targets, campaign) == 0 ? 0 : 1;
}

}  // namespace
}  // namespace roundtrip::fuzz

int main(int argc, char** argv) {
  try {
    const int code = roundtrip::fuzz::real_main(argc, argv);
    std::filesystem::remove_all(roundtrip::fuzz::write_scratch("", "").parent_path());
    return code;
  } catch (const std::exception& error) {
    std::cerr << "file_fuzzer: " << error.what() << "\n";
    return 4;
  }
}
