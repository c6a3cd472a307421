#include "export/program/absent_data.h"

#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>

#include <cstring>
#include <memory>
#include <new>

namespace roundtrip {
namespace {

struct Pages {
  void* start;
  std::size_t size;
};

/// Also what tells such a storage from others.
void release(void* context) {
  const std::unique_ptr<Pages> pages(static_cast<Pages*>(context));
  ::munmap(pages->start, pages->size);
}

bool all_zero(const char* bytes, std::size_t size) {
  return size == 0 || (bytes[0] == 0 && std::memcmp(bytes, bytes + 1, size - 1) == 0);
}

}  // namespace

c10::Storage absent_storage(std::size_t bytes) {
  c10::Allocator* allocator = c10::GetAllocator(c10::kCPU);
  c10::DataPtr data(nullptr, c10::kCPU);
  if (bytes != 0) {
    void* start = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED) throw std::bad_alloc();
    data = c10::DataPtr(start, new Pages{start, bytes}, release, c10::kCPU);
  }
  return c10::Storage(c10::Storage::use_byte_size_t(), bytes, std::move(data), allocator,
                      /*resizable=*/false);
}

bool is_absent(const c10::Storage& storage) {
  // Not by `data_ptr()`, which throws where memory is not there yet.
  const c10::DataPtr& data = storage.unsafeGetStorageImpl()->_mutable_data_ptr_no_checks();
  return data.get_deleter() == release &&
         all_zero(static_cast<const char*>(storage.data()), storage.nbytes());
}

}  // namespace roundtrip
