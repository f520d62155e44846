#include "xrdct/io/slab_pieces.hpp"

#include <algorithm>
#include <utility>

namespace xrdct {
namespace {

constexpr std::uint64_t chunk_rows = 16;  // of what nexus_file::lay_out makes

class cutter {
 public:
  cutter(std::vector<unsigned long long> const& extent, std::uint64_t most)
      : extent_(extent), most_(most), at_(extent.size(), 0), size_(extent) {}

  /// Rows of dimension `d`, at a fixed place in the dimensions before it.
  void cut(std::size_t d, std::uint64_t first, std::uint64_t count) {
    std::uint64_t row = 1;
    for (std::size_t i = d + 1; i < extent_.size(); ++i) row *= extent_[i];
    bool const divide = row > most_ && d + 1 < extent_.size();
    std::uint64_t const fit = divide ? 1 : std::max<std::uint64_t>(most_ / row, 1);
    for (std::uint64_t at = first; at < first + count; at += size_[d]) {
      std::uint64_t end = std::min(at + fit, first + count);
      std::uint64_t const whole = end / chunk_rows * chunk_rows;
      if (end < first + count && whole > at) end = whole;
      at_[d] = at;
      size_[d] = end - at;
      if (divide)
        cut(d + 1, 0, extent_[d + 1]);
      else
        add(size_[d] * row);
    }
    at_[d] = 0;
    size_[d] = extent_[d];
  }

  std::vector<slab_piece> take() { return std::move(pieces_); }

 private:
  void add(std::uint64_t values) {
    pieces_.push_back({at_, size_, offset_, values});
    offset_ += values;
  }

  std::vector<unsigned long long> const& extent_;
  std::uint64_t most_;
  std::vector<unsigned long long> at_, size_;
  std::uint64_t offset_ = 0;
  std::vector<slab_piece> pieces_;
};

}  // namespace

std::vector<slab_piece> cut_slab(std::vector<unsigned long long> const& extent, std::uint64_t first,
                                 std::uint64_t count, std::uint64_t most_values) {
  cutter all(extent, most_values);
  if (count > 0) all.cut(0, first, count);
  return all.take();
}

}  // namespace xrdct
