// Memory that runs out in the midst of a batch: the batch fails with std::bad_alloc, and nothing of it shows in the
// next one. A program of its own, as it replaces what allocates.
#include "tests/kernels/backends.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<bool> armed = false;
std::atomic<bool> once = true;
std::atomic<long> before_failure = 0;

void* allocate(std::size_t size, std::size_t alignment) {
  if (armed) {
    auto const left = before_failure.fetch_sub(1);
    if (left == 0 || (left < 0 && !once)) throw std::bad_alloc();
  }
  auto const bytes = (size / alignment + 1) * alignment;
  void* const memory = std::aligned_alloc(alignment, bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace xrdct::test {
namespace {

// Lets allocations fail after so many: one alone, or all that follow.
class failing_allocations {
 public:
  failing_allocations(long after, bool one_alone) {
    before_failure = after;
    once = one_alone;
    armed = true;
  }
  ~failing_allocations() { armed = false; }
  failing_allocations(failing_allocations const&) = delete;
  failing_allocations& operator=(failing_allocations const&) = delete;
};

struct way {
  char const* name;
  char const* backend;
  encoding code;
  bool dark;
};

class out_of_memory : public testing::TestWithParam<way> {
 protected:
  // Enough pixels for two threads to share frames by ranges; wide, dead and saturated ones among them.
  static reduction_case make() {
    std::mt19937 random(71);
    return make_case({.code = GetParam().code,
                      .rows = 131,
                      .columns = 401,
                      .frames = 35,
                      .bins = 60,
                      .dark = GetParam().dark,
                      .norm = true},
                     random);
  }

  // Whether a batch failed when an allocation did. Nothing but std::bad_alloc is to be thrown.
  static bool fails(frame_reducer& by, std::vector<frame> const& frames, pattern_memory& into, long after,
                    bool one_alone) {
    failing_allocations const out(after, one_alone);
    try {
      by.submit(frames, into.all())->wait();
    } catch (std::bad_alloc const&) {
      return true;
    }
    return false;
  }
};

TEST_P(out_of_memory, shows_in_no_later_batch) {
  auto const given = make();
  auto const frames = given.frames();
  auto const device = make_backend(GetParam().backend);
  auto const expected = reduce(*device, given);
  for (bool const one_alone : {true, false}) {
    long failed = 0;
    for (long after = 0;; after += 1 + after / 8) {
      auto const reducer = device->make_reducer(given.what(), given.format);
      pattern_memory into(frames.size(), given.matrix.bins);
      if (!fails(*reducer, frames, into, after, one_alone)) break;
      ++failed;
      auto const found = reduce(*reducer, frames, given.matrix.bins);
      for (std::size_t i = 0; i < frames.size(); ++i) expect_same_bits(found, i, expected, i);
      ASSERT_FALSE(HasFailure()) << "after " << after << (one_alone ? " allocations, one fails" : " allocations");
    }
    EXPECT_GT(failed, 5);
  }
}

INSTANTIATE_TEST_SUITE_P(on, out_of_memory,
                         testing::Values(way{"one_thread", "cpu1", encoding::bitshuffle_lz4, false},
                                         way{"two_threads_by_ranges", "cpu2", encoding::bitshuffle_lz4, false},
                                         way{"two_threads_by_frames", "cpu2", encoding::byte_offset, false},
                                         way{"whole_frames", "cpu2", encoding::hdf5_lz4, false},
                                         way{"one_thread_with_dark", "cpu1", encoding::bitshuffle_lz4, true}),
                         [](auto const& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace xrdct::test
