#include "xrdct/base/error.hpp"
#include "xrdct/tomo/fill.hpp"

namespace xrdct {
namespace {

struct place {
  int rotation, translation;
  std::size_t channel;
};

/// The sinogram with holes in it.
class holed_sinogram {
 public:
  holed_sinogram(entry_map const& entries, view<float const> count, view<float> intensity, view<float> errors)
      : entries_(entries), count_(count), intensity_(intensity), errors_(errors), has_pixels_(count.columns) {
    for (std::size_t row = 0; row < count.rows; ++row) {
      if (entries.present[row] == 0) continue;
      for (std::size_t c = 0; c < count.columns; ++c) has_pixels_[c] |= count(row, c) > 0 ? 1 : 0;
    }
  }

  /// Calls work(hole) for all of them. There may be many: they are not kept.
  template <class Work>
  void for_holes(Work work) const {
    for (int r = 0; r < entries_.rotations; ++r)
      for (int t = 0; t < entries_.translations; ++t) {
        if (!entries_.has(r, t)) continue;
        for (std::size_t c = 0; c < count_.columns; ++c)
          if (has_pixels_[c] != 0 && !(count_(row(r, t), c) > 0)) work(place{r, t, c});
      }
  }

  /// Between the nearest values of its rotation. False where there are none.
  bool fill_along(place const& hole) {
    auto const known = [&](int t) { return is_known(hole.rotation, t, hole.channel); };
    int left = hole.translation;
    int right = hole.translation;
    while (left >= 0 && !known(left)) --left;
    while (right < entries_.translations && !known(right)) ++right;
    if (left < 0 && right == entries_.translations) return false;
    if (left < 0) left = right;
    if (right == entries_.translations) right = left;
    put_between(hole, hole.translation, left, right, [&](int t) { return row(hole.rotation, t); });
    return true;
  }

  /// Between the same translation of the nearest rotations in which the channel has any value, all of them filled.
  void fill_across(place const& hole) {
    auto const known = [&](int r) {
      for (int t = 0; t < entries_.translations; ++t)
        if (is_known(r, t, hole.channel)) return entries_.has(r, hole.translation);
      return false;
    };
    int before = hole.rotation;
    int behind = hole.rotation;
    while (before >= 0 && !known(before)) --before;
    while (behind < entries_.rotations && !known(behind)) ++behind;
    if (before < 0 && behind == entries_.rotations) return;
    if (before < 0) before = behind;
    if (behind == entries_.rotations) behind = before;
    put_between(hole, hole.rotation, before, behind, [&](int r) { return row(r, hole.translation); });
  }

 private:
  std::size_t row(int rotation, int translation) const {
    return static_cast<std::size_t>(rotation) * static_cast<std::size_t>(entries_.translations) +
           static_cast<std::size_t>(translation);
  }
  bool is_known(int rotation, int translation, std::size_t channel) const {
    return entries_.has(rotation, translation) && count_(row(rotation, translation), channel) > 0;
  }

  template <class Row>
  void put_between(place const& hole, int at, int first, int last, Row row_at) {
    double const part = first == last ? 0 : static_cast<double>(at - first) / (last - first);
    for (auto const& values : {intensity_, errors_}) {
      if (values.empty()) continue;
      double const a = values(row_at(first), hole.channel);
      double const b = values(row_at(last), hole.channel);
      values(row(hole.rotation, hole.translation), hole.channel) = static_cast<float>((1 - part) * a + part * b);
    }
  }

  entry_map const& entries_;
  view<float const> count_;
  view<float> intensity_;
  view<float> errors_;
  std::vector<std::uint8_t> has_pixels_;  // of the channels, anywhere
};

void require_shape(bool condition) {
  if (!condition) throw input_error("cannot fill a sinogram: its intensities, errors and counts have different shapes");
}

}  // namespace

emptied_values fill_emptied(fill how, entry_map const& entries, view<float const> count, view<float> intensity,
                            view<float> errors) {
  if (count.empty()) return {};
  require_shape(count.rows == entries.present.size() && count.rows == intensity.rows &&
                count.columns == intensity.columns);
  require_shape(errors.empty() || (errors.rows == count.rows && errors.columns == count.columns));
  holed_sinogram sinogram(entries, count, intensity, errors);
  emptied_values found{0, std::vector<std::uint8_t>(count.columns)};
  std::vector<place> left;
  sinogram.for_holes([&](place const& hole) {
    ++found.values;
    found.channels[hole.channel] = 1;
    if (how == fill::linear && !sinogram.fill_along(hole)) left.push_back(hole);
  });
  for (auto const& hole : left) sinogram.fill_across(hole);
  return found;
}

}  // namespace xrdct
