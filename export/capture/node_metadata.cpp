#include "export/capture/node_metadata.h"

#include <utility>

namespace roundtrip {
namespace {

thread_local const Metadata* metadata_of_thread = nullptr;

}  // namespace

MetadataScope::MetadataScope(Metadata metadata)
    : metadata_(std::move(metadata)), outer_(metadata_of_thread) {
  metadata_of_thread = &metadata_;
}

MetadataScope::~MetadataScope() {
  metadata_of_thread = outer_;
}

const Metadata* current_metadata() {
  return metadata_of_thread;
}

}  // namespace roundtrip
