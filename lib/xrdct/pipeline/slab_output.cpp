#include "xrdct/pipeline/slab_output.hpp"

#include "xrdct/comm/agreement.hpp"

#include <algorithm>
#include <vector>

namespace xrdct {
namespace {

constexpr std::uint64_t call_bytes = 256'000'000;  // over all ranks, between one agreement and the next

}  // namespace

std::unique_ptr<slab_writer> open_slabs(std::string const& path, communicator const& ranks) {
  return together(ranks, [&] { return std::make_unique<slab_writer>(path, ranks.handle()); });
}

void write_slabs(slab_writer& file, communicator const& ranks, std::string const& dataset, slab_array const& shape,
                 std::span<float const> mine) {
  auto const band = rows_a_band(shape);
  auto const share = [&](std::uint64_t first) {
    return band_share(first, std::min(band, shape.rows - first), ranks.rank(), ranks.size());
  };
  auto const row = shape.columns * shape.channels;
  auto rows = together(ranks, [&] {
    std::uint64_t const last = shape.rows > 0 ? (shape.rows - 1) / band * band : 0;
    return std::vector<float>(std::max(share(0).count, share(last).count) * row);
  });
  for (std::uint64_t first = 0; first < shape.rows; first += band) {
    auto const part = share(first);
    auto const into = std::span(rows).first(part.count * row);
    gather_band(ranks, shape, {first, std::min(band, shape.rows - first)}, mine, into);
    together(ranks, [&] { file.write(dataset, part.first, part.count, into); });
  }
}

void write_rows(slab_writer& file, communicator const& ranks, std::string const& dataset, frame_range mine,
                std::uint64_t channels, row_maker const& make) {
  auto const row_bytes = channels * sizeof(float) * static_cast<std::uint64_t>(ranks.size());
  auto const each = std::max<std::uint64_t>(1, call_bytes / std::max<std::uint64_t>(1, row_bytes));
  auto const most = static_cast<std::uint64_t>(ranks.maximum(static_cast<std::int64_t>(mine.count)));
  auto rows = together(ranks, [&] { return std::vector<float>(std::min(each, mine.count) * channels); });
  for (std::uint64_t at = 0; at < most; at += each) {
    auto const begin = std::min(at, mine.count);
    auto const count = std::min(each, mine.count - begin);
    for (std::uint64_t i = 0; i < count; ++i) make(begin + i, std::span(rows).subspan(i * channels, channels));
    together(ranks, [&] { file.write(dataset, mine.first + begin, count, std::span(rows).first(count * channels)); });
  }
}

}  // namespace xrdct
