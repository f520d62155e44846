#include "xrdct/pipeline/slab_output.hpp"

#include "xrdct/comm/agreement.hpp"

#include <algorithm>
#include <vector>

namespace xrdct {
namespace {

constexpr std::uint64_t call_bytes = 256'000'000;  // over all ranks, between one agreement and the next

}  // namespace

std::unique_ptr<slab_writer> open_slabs(std::string const& path, communicator const& ranks, chunk_compression how) {
  return together(ranks, [&] { return std::make_unique<slab_writer>(path, ranks.handle(), how); });
}

namespace {

/// Writes [row][column][channel] into that part of a dataset whose first indices are `part`.
void write_bands(slab_writer& file, communicator const& ranks, std::string const& dataset, slab_array const& shape,
                 view<float const> mine, std::span<std::uint64_t const> part) {
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
    auto const some = share(first);
    auto const into = std::span(rows).first(some.count * row);
    gather_band(ranks, shape, {first, std::min(band, shape.rows - first)}, mine, into);
    together(ranks, [&] { file.write(dataset, some.first, some.count, into, part); });
  }
}

}  // namespace

void write_slabs(slab_writer& file, communicator const& ranks, std::string const& dataset, sectored_array const& shape,
                 std::span<float const> mine) {
  auto const own = static_cast<std::size_t>(ranks.rank());
  std::uint64_t width = 0;
  for (std::uint64_t k = 0; k < shape.bins.parts(); ++k) width += shape.part(k).slabs[own].count;
  auto const entries = shape.rows_of(ranks.rank()).count * shape.columns;
  std::uint64_t column = 0;
  for (std::uint64_t k = 0; k < shape.bins.parts(); ++k) {
    auto const sector = shape.part(k);
    auto const count = sector.slabs[own].count;
    // Past the last value there is nothing to point at.
    view<float const> const held =
        count > 0 && entries > 0 ? view<float const>(mine.data() + column, entries, count, width) : view<float const>();
    write_bands(file, ranks, dataset, sector, held, shape.place_of(k));
    column += count;
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
