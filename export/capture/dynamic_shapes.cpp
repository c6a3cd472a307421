#include <roundtrip/dynamic_shapes.h>
#include <roundtrip/error.h>

namespace roundtrip {

const Dim Dim::AUTO(Kind::automatic);
const Dim Dim::DYNAMIC(Kind::dynamic);
const Dim Dim::STATIC(Kind::fixed);

Dim::Dim(std::string name, std::optional<std::int64_t> min, std::optional<std::int64_t> max)
    : kind_(Kind::named), name_(std::move(name)), min_(min), max_(max) {
  if (min_ && max_ && *max_ < *min_) {
    throw CaptureError("Cannot create Dim with inconsistent min=" + std::to_string(*min_) +
                       ", max=" + std::to_string(*max_));
  }
}

}  // namespace roundtrip
