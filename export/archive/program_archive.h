#pragma once

#include <roundtrip/archive.h>

#include <filesystem>
#include <iosfwd>

namespace roundtrip {

/// Models' names and programs.
using Models = std::vector<std::pair<std::string, const Program*>>;

/// The room's door: what `roundtrip::save` and `load` promise, on plain Programs.
Program read_program(const std::filesystem::path& path, const LoadOptions& options);
Program read_program(Bytes bytes, const LoadOptions& options);
std::vector<std::pair<std::string, Program>> read_programs(const std::filesystem::path& path,
                                                           const LoadOptions& options);

void write_program(const Program& program, const std::filesystem::path& path);
void write_programs(const Models& models, const std::filesystem::path& path);
void write_program(const Program& program, std::ostream& stream);
Bytes write_program(const Program& program);

std::string write_program_json(const Program& program);
Program read_program_json(const Program& program, std::string_view json);

}  // namespace roundtrip
