#include "export/dispatch/metadata_scope.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace roundtrip {
namespace {

constexpr std::string_view kModuleStack = "nn_module_stack";

thread_local const Metadata* metadata_of_thread = nullptr;

bool names_modules(const Metadata& metadata) {
  return std::any_of(metadata.begin(), metadata.end(),
                     [](const auto& entry) { return entry.first == kModuleStack; });
}

}  // namespace

MetadataScope::MetadataScope(Metadata metadata)
    : metadata_(std::move(metadata)), outer_(metadata_of_thread) {
  if (outer_ != nullptr && !names_modules(metadata_)) {
    for (const auto& entry : *outer_) {
      if (entry.first == kModuleStack) metadata_.push_back(entry);
    }
  }
  metadata_of_thread = &metadata_;
}

MetadataScope::~MetadataScope() {
  metadata_of_thread = outer_;
}

const Metadata* current_metadata() {
  return metadata_of_thread;
}

}  // namespace roundtrip
