// A chunk in any encoding, for a small frame: decode_chunk() against the oracle's own decoder.
#include "kernels/common/decode.hpp"
#include "kernels/reference/naive_decoder.hpp"
#include "tests/fuzz/chunk_of_frame.hpp"
#include "tests/fuzz/input.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace xrdct::fuzz {
namespace {

/// Elements that are no pixels: nothing to compare with.
void decode_other_elements(input& from, encoding code) {
  constexpr std::array<std::size_t, 6> sizes{3, 5, 6, 8, 10, 1000};
  chunk_encoding const how{code, sizes[from.below(sizes.size())], static_cast<std::uint32_t>(from.byte())};
  std::vector<std::byte> out(how.element_bytes * from.byte());
  auto const chunk = with_right_header(from, code, out.size());
  decode_chunk(chunk, how, out);
}

void decode_frame(input& from, frame_format const& format) {
  auto const chunk = with_right_header(from, format.code, format.bytes());
  std::vector<std::byte> found(format.bytes());
  std::vector<std::byte> expected;
  auto const status = decode_chunk(chunk, encoding_of(format), found);
  auto const expected_status = reference::decode({chunk, 0, 0}, format, expected);
  require(status == expected_status, "status '" + std::string(describe(status)) + "' is as the oracle's '" +
                                         std::string(describe(expected_status)) + "'");
  require(status != frame_status::ok || found == expected, "pixels are as the oracle's");
}

}  // namespace
}  // namespace xrdct::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace xrdct::fuzz;
  input from(data, size);
  auto const format = take_format(from);
  if (from.below(8) == 7)
    decode_other_elements(from, format.code);
  else
    decode_frame(from, format);
  return 0;
}
