// Frames in memory that a device asks for come to the same bits as those in any other, however they lie there.
#include "tests/kernels/backends.hpp"
#include "xrdct/kernels/frame_buffer.hpp"

#include <cstring>
#include <random>
#include <thread>

namespace xrdct::test {
namespace {

class frame_memory : public every_backend {};

TEST_P(frame_memory, gives_the_same_bits_as_any_other) {
  std::mt19937 random(61);
  for (auto const code : {encoding::bitshuffle_lz4, encoding::bitshuffle, encoding::hdf5_lz4, encoding::bitshuffle_zstd,
                          encoding::byte_offset, encoding::raw}) {
    auto const given = make_case({.code = code, .rows = 37, .columns = 41, .frames = 40, .mask = true}, random);
    auto const reducer = device_->make_reducer(given.what(), given.format);
    auto frames = given.frames();
    auto const expected = reduce(*reducer, frames, given.matrix.bins);
    frame_buffer memory(&reducer->frame_memory());
    std::size_t bytes = 0;
    for (auto const& one : frames) bytes += one.bytes.size() + 1;
    std::thread([&] {  // as a thread that reads would
      memory.resize(bytes);
      auto* to = memory.data() + 1;
      for (auto& one : frames) {
        std::memcpy(to, one.bytes.data(), one.bytes.size());
        one.bytes = {to, one.bytes.size()};
        to += one.bytes.size() + 1;
      }
    })
        .join();
    auto const found = reduce(*reducer, frames, given.matrix.bins);
    for (std::size_t i = 0; i < frames.size(); ++i) expect_same_bits(found, i, expected, i);
  }
}

TEST_P(frame_memory, is_used_again_as_soon_as_the_device_is_done_with_it) {
  std::mt19937 random(62);
  auto const given = make_case({.rows = 23, .columns = 19, .frames = 12}, random);
  auto const reducer = device_->make_reducer(given.what(), given.format);
  auto const expected = reduce(*reducer, given.frames(), given.matrix.bins);
  frame_buffer memory(&reducer->frame_memory());
  for (std::size_t i = 0; i < given.chunks.size(); ++i) {
    memory.assign(given.chunks[i].begin(), given.chunks[i].end());
    frame one{memory, 0, i};
    pattern_memory found(1, given.matrix.bins);
    reducer->submit({&one, 1}, found.all())->wait();
    memory.assign(memory.size(), std::byte{0xff});
    expect_same_bits(found, 0, expected, i);
  }
}

XRDCT_FOR_EVERY_BACKEND(frame_memory);

}  // namespace
}  // namespace xrdct::test
