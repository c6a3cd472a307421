#include "pt2/files.h"

#include <c10/util/Exception.h>
#include <roundtrip/error.h>

#include <unistd.h>

#include <iostream>
#include <new>

#include "pt2/isolated.h"
#include "pt2/report.h"
#include "support/plain_text.h"

namespace roundtrip::pt2 {

namespace fs = std::filesystem;

void print(const std::string& text) {
  std::cout << (::isatty(STDOUT_FILENO) ? terminal_text(text) : text) << std::flush;
  if (!std::cout) throw Error("cannot write to standard output");
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    throw UsageError("cannot make the folder '" + folder.string() + "': " + error.message());
}

bool work_on(const fs::path& file, const std::function<void(const fs::path&)>& work) {
  try {
    work(file);
    return true;
  } catch (const c10::Error& error) {
    report(file.string() + ": " + error.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    report(file.string() + ": there is not enough memory");
  } catch (const std::exception& error) {
    report(file.string() + ": " + error.what());
  }
  return false;
}

bool for_each_file(const Arguments& arguments, const std::function<void(const fs::path&)>& work) {
  bool all_good = true;
  for (const auto& file : arguments.files) {
    int failed = 0;
    const std::string trouble =
        run_isolated([&] { return work_on(file, work) ? 0 : 1; }, arguments.limits, failed);
    if (!trouble.empty()) report(file.string() + ": " + trouble);
    all_good = all_good && trouble.empty() && failed == 0;
  }
  return all_good;
}

std::vector<NamedProgram> chosen_models(const Arguments& arguments, const fs::path& file,
                                        LoadOptions options) {
  options.device = arguments.device;
  if (arguments.model.empty()) return load_models(file, options);
  options.model = arguments.model;
  return {{options.model, load(file, options)}};
}

ExportedProgram chosen_model(const Arguments& arguments, const fs::path& file) {
  const auto models = chosen_models(arguments, file, {.allowed = arguments.allowed});
  if (models.size() == 1) return models[0].program;
  std::string names;
  for (const auto& model : models) names += (names.empty() ? "" : ", ") + model.name;
  throw Error("it holds several models, of which one must be chosen by --model: " + names);
}

}  // namespace roundtrip::pt2
