#pragma once
/// \file Filtering and back-projection of fields on a device with lanes.

#include "kernels/lanes/angle_table.hpp"
#include "kernels/lanes/back_projection_kernel.hpp"
#include "kernels/lanes/field_space.hpp"
#include "kernels/lanes/filter_kernel.hpp"
#include "kernels/lanes/filter_taps.hpp"
#include "xrdct/kernels/tomograph.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace xrdct::lanes {

template <engine E>
class lane_tomograph final : public lane_fields<tomograph, E> {
 public:
  lane_tomograph(E on, scan_geometry const& geometry, std::size_t piece = usual_piece)
      : lane_fields<tomograph, E>(std::move(on), piece),
        table_(make_angle_table(geometry)),
        translations_(geometry.translations),
        size_(geometry.size),
        centre_(geometry.centre),
        angles_(this->on_device(table_.angles)),
        runs_(this->on_device(table_.runs)),
        before_going_(this->shared_place()) {}

  void filter(field const& sinogram, filter_taps const& taps, std::span<double const> weights,
              field& filtered) override {
    auto const named = this->place().on().range("xrdct: filter");
    auto const& source = this->own(sinogram);
    auto& into = this->own(filtered);
    require_sinogram(source);
    require(into.extents == source.extents, "the filtered sinogram must have the shape of the sinogram");
    require_filter(taps, weights);
    if (into.size() == 0) return;
    auto const work = filter_of(taps_of_values(taps, translations_), weights, into.vectors);
    if (&source != &into) return filter_some(work, source.data(), 0, rotations(), into.data());
    // Outputs are written while inputs are still read: from a copy of some rotations at a time.
    std::size_t const values = static_cast<std::size_t>(translations_) * into.stride();
    std::size_t const most = this->moves().rows_at_once(static_cast<std::size_t>(translations_), into.channels()) /
                             static_cast<std::size_t>(translations_);
    for (std::size_t first = 0; first < rotations(); first += most) {
      std::size_t const count = std::min(most, rotations() - first);
      this->moves().lend(count * static_cast<std::size_t>(translations_), into.channels(), [&](float* copied) {
        this->queue().copy(static_cast<float const*>(into.memory.data()) + first * values, copied, count * values);
        filter_some(work, reinterpret_cast<four const*>(copied), first, count, into.data());
      });
    }
  }

  void filter(view<float const> sinogram, filter_taps const& taps, std::span<double const> weights,
              field& filtered) override {
    auto const named = this->place().on().range("xrdct: filter");
    auto& into = this->own(filtered);
    require_sinogram(into);
    require_entries(sinogram, into.channels());
    require_filter(taps, weights);
    if (into.size() == 0) return;
    auto const work = filter_of(taps_of_values(taps, translations_), weights, into.vectors);
    send_rotations(sinogram, [&](four const* some, std::size_t first, std::size_t count) {
      filter_some(work, some, first, count, into.data());
    });
    this->synchronize();
  }

  void back_project(field const& filtered, std::int64_t first_row, field& image) override {
    auto const named = this->place().on().range("xrdct: back-projection");
    auto const& source = this->own(filtered);
    auto& into = this->own(image);
    require_sinogram(source);
    require_alike(source.channels(), into);
    require_rows(first_row, into.extents[0]);
    project<false>({source.data(), nullptr, source.vectors}, first_row, into.extents[0], into.data());
  }

  void back_project(field const& filtered, std::int64_t first_row, view<float> image) override {
    auto const named = this->place().on().range("xrdct: back-projection");
    auto const& source = this->own(filtered);
    require_sinogram(source);
    require_rows(first_row, rows_in(image, source.channels()));
    receive_rows<false>({source.data(), nullptr, source.vectors}, first_row, image);
  }

  void back_project_variance(field const& variance, filter_taps const& taps, std::span<double const> weights,
                             std::int64_t first_row, field& image) override {
    auto const named = this->place().on().range("xrdct: back-projection of variances");
    auto const& source = this->own(variance);
    auto& into = this->own(image);
    require_sinogram(source);
    require_filter(taps, weights);
    require_alike(source.channels(), into);
    require_rows(first_row, into.extents[0]);
    if (source.size() == 0 || into.size() == 0) return;
    auto const work = filters_of_variance(taps, weights, source.vectors);
    samples const filtered = samples_of_variance(source.vectors);
    filter_both(work, source.data(), 0, rotations());
    project<true>(filtered, first_row, into.extents[0], into.data());
  }

  void back_project_variance(view<float const> variance, filter_taps const& taps, std::span<double const> weights,
                             std::int64_t first_row, view<float> image) override {
    auto const named = this->place().on().range("xrdct: back-projection of variances");
    require_entries(variance, variance.columns);
    require_filter(taps, weights);
    require_rows(first_row, rows_in(image, variance.columns));
    auto const at_once = static_cast<std::size_t>(channels_at_once());
    for (std::size_t first = 0; first < variance.columns; first += at_once) {
      std::size_t const channels = std::min(at_once, variance.columns - first);
      auto const vectors = static_cast<std::uint32_t>(vectors_of(channels));
      auto const work = filters_of_variance(taps, weights, vectors);
      samples const filtered = samples_of_variance(vectors);
      send_rotations(
          {variance.data + first, variance.rows, channels, variance.stride},
          [&](four const* some, std::size_t from, std::size_t count) { filter_both(work, some, from, count); });
      receive_rows<true>(filtered, first_row, {image.data + first, image.rows, channels, image.stride});
    }
    this->synchronize();
  }

  /// Enough blocks for a large device: 512 channels of 300² pixels are ten for each of its multiprocessors. Fewer where
  /// a filtered sinogram, and that of variances and covariances, would take more than half of the memory.
  std::int64_t channels_at_once() const override {
    constexpr std::size_t most = 512, least = 64;
    std::size_t const of_channel = 3 * sizeof(float) * rotations() * static_cast<std::size_t>(translations_);
    std::size_t const possible = this->place().on().memory() / 2 / of_channel;
    return static_cast<std::int64_t>(std::clamp(possible / least * least, least, most));
  }

 private:
  using taps_memory = typename E::template array<double>;

  /// What is back-projected.
  struct samples {
    four const* values;
    four const* crossed;
    std::uint32_t vectors;
  };

  std::size_t rotations() const { return table_.angles.size(); }

  void require_sinogram(lane_field<E> const& sinogram) const {
    require(sinogram.extents[0] == static_cast<std::int64_t>(rotations()) && sinogram.extents[1] == translations_,
            "a sinogram must have the rotations and translations of the geometry");
  }
  void require_entries(view<float const> sinogram, std::size_t channels) const {
    require(sinogram.rows == rotations() * static_cast<std::size_t>(translations_) && sinogram.columns == channels,
            "a sinogram must have the rotations and translations of the geometry, and the channels of the field");
  }
  void require_filter(filter_taps const& taps, std::span<double const> weights) const {
    require(taps.taps.size() >= static_cast<std::size_t>(translations_), "a filter needs a tap for every translation");
    require(weights.size() == rotations(), "every rotation needs a weight");
  }
  void require_alike(std::size_t channels, lane_field<E> const& image) const {
    require(image.extents[1] == size_ && image.channels() == channels, "sinogram and tomogram must be alike");
  }
  void require_rows(std::int64_t first_row, std::int64_t rows) const {
    require(first_row >= 0 && rows <= size_ - first_row, "the rows must be rows of the tomogram");
  }
  /// How many rows of pixels an image holds.
  std::int64_t rows_in(view<float> image, std::size_t channels) const {
    require(image.columns == channels, "sinogram and tomogram must have the same channels");
    require(image.rows % static_cast<std::size_t>(size_) == 0, "the rows of an image must be whole");
    return static_cast<std::int64_t>(image.rows / static_cast<std::size_t>(size_));
  }

  /// The filter, with its taps and weights on the device.
  filter_rotations filter_of(toeplitz_taps const& taps, std::span<double const> weights, std::uint32_t vectors) {
    filter_rotations work;
    work.taps = this->place().put(std::span<double const>(taps.taps));
    work.weights = this->place().put(weights);
    work.even = taps.even;
    work.odd = taps.odd;
    work.translations = translations_;
    work.vectors = vectors;
    return work;
  }

  /// Filters rotations [first, first + count), which are at `some`, into their place in `all`.
  void filter_some(filter_rotations work, four const* some, std::size_t first, std::size_t count, four* all) {
    work.in = some;
    work.out = all + first * static_cast<std::size_t>(translations_) * work.vectors;
    work.weights += first;
    work.rotations = static_cast<std::uint32_t>(count);
    this->queue().launch(work.blocks(), work);
  }

  struct variance_filters {
    filter_rotations squares, crossed;
  };

  variance_filters filters_of_variance(filter_taps const& taps, std::span<double const> weights,
                                       std::uint32_t vectors) {
    std::vector<double> squared;
    for (double const weight : weights) squared.push_back(weight * weight);
    return {filter_of(taps_of_variances(taps, translations_), squared, vectors),
            filter_of(taps_of_covariances(taps, translations_), squared, vectors)};
  }

  /// Memory for what filters_of_variance() make, kept from call to call.
  samples samples_of_variance(std::uint32_t vectors) {
    std::size_t const floats = rotations() * static_cast<std::size_t>(translations_) * vectors * channels_a_lane;
    if (crossed_.size() < floats) {
      this->queue().synchronize();
      squares_ = {};
      crossed_ = {};
      squares_ = this->place().on().template make<float>(floats);
      crossed_ = this->place().on().template make<float>(floats);
    }
    return {reinterpret_cast<four const*>(squares_.data()), reinterpret_cast<four const*>(crossed_.data()), vectors};
  }

  void filter_both(variance_filters const& work, four const* some, std::size_t first, std::size_t count) {
    filter_some(work.squares, some, first, count, reinterpret_cast<four*>(squares_.data()));
    filter_some(work.crossed, some, first, count, reinterpret_cast<four*>(crossed_.data()));
  }

  /// Calls use(samples on the device, first rotation, count) for all rotations of a sinogram.
  template <class Use>
  void send_rotations(view<float const> sinogram, Use use) {
    auto const entries = static_cast<std::size_t>(translations_);
    this->moves().send(sinogram, entries, [&](float const* rows, std::size_t first, std::size_t count) {
      use(reinterpret_cast<four const*>(rows), first / entries, count / entries);
    });
  }

  /// Adds to `rows` rows of the tomogram from `first_row` on, which are at `image`.
  template <bool variance>
  void project(samples const& of, std::int64_t first_row, std::int64_t rows, four* image) {
    if (rows == 0 || of.vectors == 0) return;
    back_projection<variance> work;
    work.samples = of.values;
    work.crossed = of.crossed;
    work.angles = angles_.data();
    work.runs = runs_.data();
    work.column_runs = table_.column_runs;
    work.all_runs = static_cast<std::uint32_t>(table_.runs.size());
    work.translations = static_cast<std::uint32_t>(translations_);
    work.vectors = of.vectors;
    work.next_sample = translations_ > 1 ? of.vectors : 0;
    work.centre = centre_;
    work.size = static_cast<std::uint32_t>(size_);
    work.first_row = static_cast<std::uint32_t>(first_row);
    work.rows = static_cast<std::uint32_t>(rows);
    work.image = image;
    this->queue().launch(work.blocks(), work);
  }

  /// The tomogram's rows from `first_row` on, as the caller's memory has room for: bands that are copied while the next
  /// ones are made.
  template <bool variance>
  void receive_rows(samples const& of, std::int64_t first_row, view<float> image) {
    auto const size = static_cast<std::size_t>(size_);
    std::size_t const floats = std::size_t{of.vectors} * channels_a_lane;
    auto const unit = size * back_projection<variance>::edge;  // whole tiles
    this->moves().receive(image, unit, [&](float* rows, std::size_t first, std::size_t count) {
      this->queue().clear(rows, count * floats);
      project<variance>(of, first_row + static_cast<std::int64_t>(first / size),
                        static_cast<std::int64_t>(count / size), reinterpret_cast<four*>(rows));
    });
  }

  angle_table table_;
  int translations_;
  int size_;
  double centre_;
  typename E::template array<angle_entry> angles_;
  typename E::template array<angle_run> runs_;
  typename E::template array<float> squares_;  // of back_project_variance()
  typename E::template array<float> crossed_;
  last_wait<E> before_going_;
};

}  // namespace xrdct::lanes
