// Where libtorch's tensors in main memory get their blocks: from malloc, counted.
//
// libtorch's own allocator calls posix_memalign, for which glibc before 2.38 asks its free lists for more than the block: alignment and
// the smallest chunk on top. The hole that a tensor leaves is then too small for the next tensor of the same size, and the heap of a
// program that repeats a training step grows to half as much again as it ever uses. Here the block is aligned inside what malloc gives,
// so a hole fits what it was made by.

#include "shim.h"

#include <c10/core/CPUAllocator.h>

#include <malloc.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace {

/// A cache line, and the widest vector.
constexpr size_t kAlignment = 64;

std::atomic<int64_t> allocated{0}, peak{0};

/// The data begin at the first multiple of the alignment behind the block's first word, and the word before them says where the block is.
void*& block_of(void* data) { return static_cast<void**>(data)[-1]; }

void count(int64_t bytes) {
  const int64_t now = allocated.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  int64_t most = peak.load(std::memory_order_relaxed);
  while (now > most && !peak.compare_exchange_weak(most, now, std::memory_order_relaxed)) {
  }
}

void release(void* data) {
  if (!data) return;
  void* block = block_of(data);
  count(-static_cast<int64_t>(malloc_usable_size(block)));
  std::free(block);
}

struct CountingAllocator final : c10::Allocator {
  c10::DataPtr allocate(size_t bytes) const {
    void* data = nullptr;
    if (bytes > 0) {
      void* block = bytes <= SIZE_MAX - kAlignment ? std::malloc(bytes + kAlignment) : nullptr;
      TORCH_CHECK(block, "not enough memory for a tensor of ", bytes, " bytes");
      count(malloc_usable_size(block));
      data = reinterpret_cast<void*>((reinterpret_cast<uintptr_t>(block) / kAlignment + 1) * kAlignment);
      block_of(data) = block;
    }
    return {data, data, &release, c10::Device(c10::DeviceType::CPU)};
  }

  /// libtorch's oneDNN operators ask for bare blocks.
  c10::DeleterFnPtr raw_deleter() const override { return &release; }

  // As libtorch from 2.3 on declares its functions; which of them override something depends on the version.
  c10::DataPtr allocate(size_t bytes) { return std::as_const(*this).allocate(bytes); }
  void copy_data(void* to, const void* from, size_t bytes) const { std::memcpy(to, from, bytes); }
};

/// Runs when the library is loaded, before any tensor exists.
struct Registration {
  Registration() {
    static CountingAllocator allocator;
    c10::SetCPUAllocator(&allocator, /*priority=*/1);
  }
} registration;

}  // namespace

/// Bytes that tensors in main memory have now, and the most they had since the last reset.
ANI_EXPORT void ani_memory(int64_t* now, int64_t* most) {
  *now = allocated.load(std::memory_order_relaxed);
  *most = peak.load(std::memory_order_relaxed);
}

ANI_EXPORT void ani_memory_reset_peak() { peak.store(allocated.load(std::memory_order_relaxed), std::memory_order_relaxed); }
