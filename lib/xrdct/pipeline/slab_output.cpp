#include "xrdct/pipeline/slab_output.hpp"

#include "xrdct/base/parallel.hpp"
#include "xrdct/comm/agreement.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <numeric>
#include <vector>

namespace xrdct {

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
  bool const whole = ranks.size() == 1 && mine.stride == shape.channels;  // rows lie as the file has them
  auto rows = together(ranks, [&] {
    std::uint64_t const last = shape.rows > 0 ? (shape.rows - 1) / band * band : 0;
    return std::vector<float>(whole ? 0 : std::max(share(0).count, share(last).count) * row);
  });
  for (std::uint64_t first = 0; first < shape.rows; first += band) {
    auto const some = share(first);
    auto values = std::span<float const>(whole ? mine.data + some.first * row : rows.data(), some.count * row);
    if (!whole)
      gather_band(ranks, shape, {first, std::min(band, shape.rows - first)}, mine,
                  std::span(rows).first(values.size()));
    together(ranks, [&] { file.write(dataset, some.first, some.count, values, part); });
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

namespace {

std::uint64_t values_a_row(std::span<std::uint64_t const> shape) {
  return std::accumulate(shape.begin() + 1, shape.end(), std::uint64_t{1}, std::multiplies<>());
}

/// The rows of a rank that are made and written at a time: of the dataset's rows [0, rows), [rows, 2 rows), … those
/// that it has. Chunks, whose rows are a power of two or all there are, are so written whole, but for those that ranks
/// share: in parts, HDF5 would read them back for every further part, and rank 0 alone would compress them.
class row_pieces {
 public:
  row_pieces(frame_range mine, std::span<std::uint64_t const> shape)
      : mine_(mine), rows_(std::max(rows_a_chunk(shape), rows_of(values_a_row(shape) * sizeof(float)))) {}

  std::uint64_t count() const { return mine_.count == 0 ? 0 : (end() - 1) / rows_ - mine_.first / rows_ + 1; }
  /// Counted from the start of the dataset; of no rows past the last one.
  frame_range at(std::uint64_t index) const {
    auto const piece = mine_.first / rows_ + index;
    auto const first = std::clamp(piece * rows_, mine_.first, end());
    return {first, std::clamp((piece + 1) * rows_, mine_.first, end()) - first};
  }
  std::uint64_t longest() const { return std::min(rows_, mine_.count); }

 private:
  // Stays in a cache, where pieces of 256 MB took new memory from the system for every dataset. A rank writes it in
  // some milliseconds, of which an agreement of all ranks takes little.
  static constexpr std::uint64_t piece_bytes = std::uint64_t{1} << 22;

  static std::uint64_t rows_of(std::uint64_t row_bytes) {
    return std::bit_floor(std::max<std::uint64_t>(1, piece_bytes / std::max<std::uint64_t>(1, row_bytes)));
  }
  std::uint64_t end() const { return mine_.first + mine_.count; }

  frame_range mine_;
  std::uint64_t rows_;
};

/// Rows [first, first + count) of mine, of `length` values each.
void make_rows(frame_range which, std::uint64_t length, int threads, row_maker const& make, std::span<float> into) {
  constexpr std::uint64_t values_a_task = 1 << 16;
  auto const a_task = std::max<std::uint64_t>(1, values_a_task / std::max<std::uint64_t>(1, length));  // rows
  in_parallel(threads, (which.count + a_task - 1) / a_task, [&](std::size_t task) {
    auto const end = std::min((task + 1) * a_task, which.count);
    for (auto i = task * a_task; i < end; ++i) make(which.first + i, into.subspan(i * length, length));
  });
}

}  // namespace

void write_rows(slab_writer& file, communicator const& ranks, std::string const& dataset,
                std::span<std::uint64_t const> shape, frame_range mine, int threads, row_maker const& make) {
  row_pieces const pieces(mine, shape);
  auto const length = values_a_row(shape);
  auto const most = static_cast<std::uint64_t>(ranks.maximum(static_cast<std::int64_t>(pieces.count())));
  auto rows = together(ranks, [&] { return std::vector<float>(pieces.longest() * length); });
  for (std::uint64_t i = 0; i < most; ++i) {
    auto const piece = pieces.at(i);
    auto const values = std::span(rows).first(piece.count * length);
    together(ranks, [&] { make_rows({piece.first - mine.first, piece.count}, length, threads, make, values); });
    together(ranks, [&] { file.write(dataset, piece.first, piece.count, values); });
  }
}

}  // namespace xrdct
