#include "xrdct/pipeline/channel_total.hpp"

#include "xrdct/comm/agreement.hpp"
#include "xrdct/tomo/despike.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace xrdct {
namespace {

// Sums of 2²⁴ values of 2³⁸ stay below 2⁶³.
constexpr int value_bits = 38;

// So many are copied at a time to be despiked.
constexpr std::size_t channels_at_once = 256;

/// The columns of this rank's slab that count. Of ranks that share a slab, the first one has them.
std::vector<std::size_t> columns_of(tomogram_plan const& plan, channel_slab const& slab, std::uint64_t every) {
  std::vector<std::size_t> columns;
  if (slab.member != 0) return columns;
  for (auto const& run : chosen_columns(plan, slab))
    for (auto c = run.first; c < run.first + run.count; ++c)
      if ((slab.first + c) % every == 0) columns.push_back(static_cast<std::size_t>(c));
  return columns;
}

/// Some columns of a sinogram, in memory of their own.
std::vector<float> copy_of(view<float> const& from, std::span<std::size_t const> columns) {
  std::vector<float> copy;
  if (from.empty()) return copy;
  copy.reserve(from.rows * columns.size());
  for (std::size_t row = 0; row < from.rows; ++row)
    for (auto const c : columns) copy.push_back(from(row, c));
  return copy;
}

bool counts(entry_map const& entries, std::size_t entry, float value) {
  return entries.present[entry] != 0 && std::isfinite(value);
}

double largest_of(slab_to_fill const& sinogram, std::span<std::size_t const> columns) {
  float largest = 0;
  for (std::size_t row = 0; row < sinogram.intensity.rows; ++row)
    for (auto const c : columns)
      if (counts(sinogram.entries, row, sinogram.intensity(row, c)))
        largest = std::max(largest, std::abs(sinogram.intensity(row, c)));
  return largest;
}

/// Adds rows of channels to one integer an entry. Unsigned, as integers are that may overflow and come back.
void add_up(view<float const> const& values, entry_map const& entries, double unit, std::span<std::uint64_t> sums) {
  for (std::size_t row = 0; row < values.rows; ++row)
    for (float const value : values.row(row))
      if (counts(entries, row, value)) sums[row] += static_cast<std::uint64_t>(std::llround(value / unit));
}

void add_layer(tomogram_plan const& plan, slab_to_fill const& sinogram, channel_choice const& choice,
               std::span<std::size_t const> columns, double unit, int threads, std::span<std::uint64_t> sums) {
  auto const rows = sinogram.intensity.rows;
  for (std::size_t first = 0; first < columns.size(); first += channels_at_once) {
    auto const some = columns.subspan(first, std::min(channels_at_once, columns.size() - first));
    auto values = copy_of(sinogram.intensity, some);
    view<float> const copy(values.data(), rows, some.size());
    if (choice.despiked) {
      auto errors = copy_of(sinogram.error, some);
      view<float> const sigma = errors.empty() ? view<float>() : view<float>(errors.data(), rows, some.size());
      despike({plan.geometry.angles, plan.geometry.axis, choice.threshold}, sinogram.entries, copy, sigma, threads);
    }
    add_up(copy, sinogram.entries, unit, sums);
  }
}

/// Fills what is missing and leaves out rotations without anything.
total_scattering filled(std::vector<double> const& angles, entry_map const& entries,
                        std::span<std::uint64_t const> sums, double unit) {
  std::vector<float> values;
  for (auto const sum : sums)
    values.push_back(static_cast<float>(static_cast<double>(std::bit_cast<std::int64_t>(sum)) * unit));
  auto const dropped = fill_missing(fill::linear, entries, view<float>(values.data(), values.size(), 1), {}).dropped;
  auto const columns = static_cast<std::size_t>(entries.translations);
  total_scattering total{{0, entries.translations, {}}, {}, {}};
  for (int r = 0; r < entries.rotations; ++r) {
    if (std::ranges::find(dropped, r) != dropped.end()) continue;
    auto const first = static_cast<std::size_t>(r) * columns;
    ++total.entries.rotations;
    total.angles.push_back(angles[static_cast<std::size_t>(r)]);
    for (auto e = first; e < first + columns; ++e) {
      total.entries.present.push_back(entries.present[e]);
      total.values.push_back(values[e]);
    }
  }
  return total;
}

}  // namespace

std::vector<total_scattering> total_of_channels(tomogram_plan const& plan, std::vector<slab_to_fill> const& layers,
                                                channel_choice const& choice, communicator const& ranks, int threads) {
  std::size_t const size = layers.empty() ? 0 : layers.front().entries.present.size();
  std::vector<std::uint64_t> sums(size * layers.size());
  std::vector<std::size_t> columns;
  std::array<double, 1> largest{};
  together(ranks, [&] {
    columns = layers.empty() ? columns : columns_of(plan, layers.front().slab, choice.every);
    for (auto const& layer : layers) largest[0] = std::max(largest[0], largest_of(layer, columns));
  });
  ranks.maximum(largest);
  double const unit = largest[0] > 0 ? std::ldexp(1.0, std::ilogb(largest[0]) + 1 - value_bits) : 1;
  together(ranks, [&] {
    for (std::size_t i = 0; i < layers.size(); ++i)
      add_layer(plan, layers[i], choice, columns, unit, threads, std::span(sums).subspan(i * size, size));
  });
  ranks.sum(sums);
  std::vector<total_scattering> totals;
  for (std::size_t i = 0; i < layers.size(); ++i)
    totals.push_back(filled(plan.geometry.angles, layers[i].entries,
                            std::span<std::uint64_t const>(sums).subspan(i * size, size), unit));
  return totals;
}

total_scattering sum_of_layers(std::vector<total_scattering> const& layers) {
  total_scattering sum;
  for (auto const& layer : layers) {
    auto const columns = static_cast<std::size_t>(layer.entries.translations);
    sum.entries.translations = layer.entries.translations;
    for (std::size_t r = 0; r < layer.angles.size(); ++r) {
      auto const known = std::ranges::find(sum.angles, layer.angles[r]);
      auto const at = static_cast<std::size_t>(known - sum.angles.begin()) * columns;
      if (known == sum.angles.end()) {
        sum.angles.push_back(layer.angles[r]);
        ++sum.entries.rotations;
        sum.values.resize(sum.values.size() + columns);
        sum.entries.present.resize(sum.values.size());
      }
      for (std::size_t c = 0; c < columns; ++c) {
        sum.values[at + c] += layer.values[r * columns + c];
        sum.entries.present[at + c] |= layer.entries.present[r * columns + c];
      }
    }
  }
  return sum;
}

}  // namespace xrdct
