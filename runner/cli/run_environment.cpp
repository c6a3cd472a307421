#include "runner/cli/run_environment.h"

#include "runner/text/shell.h"

namespace roundtrip {

Environment run_environment(const CommandLine& line, const Session& session,
                            const std::optional<std::uint64_t>& shuffle_seed) {
  Environment environment = look_around(session.config->file);
  environment.command = shell_quoted(line.program) + " run";
  for (const auto& argument : line.arguments) environment.command += " " + shell_quoted(argument);
  if (shuffle_seed) environment.shuffle_seed = std::to_string(*shuffle_seed);
  environment.plugins = session.workers->plugins();
  environment.libraries = session.contents;
  for (auto& plugin : environment.plugins) {
    plugin.sha256 = session.contents.at(plugin.path);
    environment.libraries.erase(plugin.path);
  }
  return environment;
}

}  // namespace roundtrip
