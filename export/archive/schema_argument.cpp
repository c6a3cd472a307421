#include "export/archive/schema.h"

namespace roundtrip::schema {

Argument::Argument() noexcept = default;
Argument::Argument(const Argument& other) = default;
Argument::Argument(Argument&& other) noexcept = default;
Argument& Argument::operator=(const Argument& other) = default;
Argument& Argument::operator=(Argument&& other) noexcept = default;
Argument::~Argument() = default;

}  // namespace roundtrip::schema
