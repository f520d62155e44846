// A block of LZ4: decode_lz4_planes(), by every instruction set, against liblz4.
#include "kernels/cpu/lz4_planes.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/kernels/lz4_oracle.hpp"
#include "tests/kernels/only_instruction_set.hpp"

#include <algorithm>
#include <memory>
#include <string>

namespace xrdct::fuzz {
namespace {

constexpr std::size_t most_bytes = 65536;  // of planes

struct shape {
  std::size_t plane_bytes, plane_count;
};

// Three times in four that of what the block makes, so that it is accepted: by chance it would seldom be.
shape take_shape(input& from) {
  bool const right = from.below(4) != 0;
  std::size_t plane = from.byte();
  plane = 1 + plane + 256 * from.below(4);
  std::size_t const count = 1 + from.below(64);
  if (!right) return {plane, count};
  auto const block = from.rest();
  std::vector<char> made(most_bytes);
  auto const size = LZ4_decompress_safe(reinterpret_cast<char const*>(block.data()), made.data(),
                                        static_cast<int>(block.size()), static_cast<int>(made.size()));
  if (size <= 0) return {plane, count};
  auto const all = static_cast<std::size_t>(size);
  plane = std::min(plane, all);
  while (all % plane != 0) --plane;
  return {plane, all / plane};
}

// In memory of exactly what may be read and written, so that sanitizers see every byte beyond.
void decode(std::span<std::byte const> block, std::size_t behind, shape const& planes,
            test::lz4_oracle const& expected) {
  std::unique_ptr<std::byte[]> const in(new std::byte[block.size() + behind]);
  std::copy(block.begin(), block.end(), in.get());
  auto const room = planes.plane_bytes * planes.plane_count + 2 * cpu::planes_slack;
  std::unique_ptr<std::uint8_t[]> const out(new std::uint8_t[room]);
  auto* const first = out.get() + cpu::planes_slack;
  auto const written = cpu::decode_lz4_planes({in.get(), block.size()}, in.get() + block.size() + behind, first,
                                              planes.plane_bytes, planes.plane_count);
  require(expected.agrees(written, first), std::to_string(written) + " planes are as liblz4's");
}

}  // namespace
}  // namespace xrdct::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace xrdct;
  static auto const sets = test::instruction_sets();
  fuzz::input from(data, size);
  std::size_t const behind = from.byte();
  auto const planes = fuzz::take_shape(from);
  test::lz4_oracle const expected(from.rest(), planes.plane_bytes, planes.plane_count);
  for (auto const set : sets) {
    test::only_instruction_set const only(set);
    fuzz::decode(from.rest(), behind, planes, expected);
  }
  return 0;
}
