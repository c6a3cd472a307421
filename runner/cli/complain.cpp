#include "runner/cli/complain.h"

#include <roundtrip/error.h>

#include <iostream>
#include <sstream>
#include <string>

#include "runner/cli/arguments.h"
#include "runner/cli/exit_code.h"
#include "support/plain_text.h"

namespace roundtrip {

namespace {

int complain(const std::string& message, ExitCode code) {
  std::istringstream lines(message);
  std::cout.flush();
  for (std::string line; std::getline(lines, line);) {
    std::cerr << "error: " << terminal_text(line) << "\n";
  }
  return code;
}

}  // namespace

int complain() {
  try {
    throw;
  } catch (const UsageError& error) {
    return complain(error.what(), kBadUsage);
  } catch (const ConfigError& error) {
    return complain(error.what(), kBadUsage);
  } catch (const std::exception& error) {
    return complain(error.what(), kRunnerFault);
  }
}

}  // namespace roundtrip
