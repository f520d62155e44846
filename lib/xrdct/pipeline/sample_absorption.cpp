#include "xrdct/pipeline/sample_absorption.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/io/arrays.hpp"
#include "xrdct/io/hdf5.hpp"
#include "xrdct/pipeline/ray_plan.hpp"

#include <algorithm>
#include <cmath>

namespace xrdct {
namespace {

// A ray that loses more says nothing; and it is a sign that absorption is given in another unit.
constexpr double least_transmission = 1e-3;

/// Its extent without axes of length 1, and its numbers.
struct numbers {
  std::vector<std::uint64_t> extent;
  std::vector<double> values;
};

numbers read_numbers_of(std::string const& source) {
  auto [file, dataset] = split_file_dataset(source);
  if (dataset.empty() && hdf5::try_open(file).is == hdf5::input_file::state::open)
    dataset = "/entry/tomogram/intensity";
  if (dataset.empty()) {
    auto const image = read_image(source);
    return {{static_cast<std::uint64_t>(image.rows), static_cast<std::uint64_t>(image.columns)},
            {image.values.begin(), image.values.end()}};
  }
  return {dataset_shape(file, dataset), read_all_numbers(file, dataset)};
}

std::string text_of(std::vector<std::uint64_t> const& extent) {
  std::string text;
  for (auto const n : extent) text += (text.empty() ? "" : " x ") + std::to_string(n);
  return text;
}

}  // namespace

std::vector<float> read_sample_absorption(std::string const& source, tomogram_plan const& plan) {
  auto const found = read_numbers_of(source);
  auto const size = static_cast<std::uint64_t>(plan.geometry.size);
  auto extent = found.extent;
  if (extent.size() > 2 && extent.back() == 1) extent.pop_back();  // the channel of a tomogram
  bool const fits = extent == std::vector{size, size} || extent == std::vector{std::uint64_t{1}, size, size} ||
                    extent == std::vector<std::uint64_t>{plan.layers.count(), size, size};
  if (!fits)
    throw input_error(source + ": is " + text_of(found.extent) + ", but --sample-absorption needs " +
                      std::to_string(size) + " x " + std::to_string(size) +
                      " pixels like the tomogram (see --size), of one channel");
  if (!std::ranges::all_of(found.values, [](double v) { return std::isfinite(v); }))
    throw input_error(source + ": holds what is no number, so no absorption of the sample");
  return {found.values.begin(), found.values.end()};
}

std::vector<float> transmission(tomogram_plan const& plan, std::size_t layer, device& backend,
                                entry_map const& entries) {
  auto const rays = rays_of(plan, layer, entries);
  auto const projector = backend.make_projector(rays);
  auto const pixels = static_cast<std::size_t>(rays.size) * static_cast<std::size_t>(rays.size);
  auto const first = plan.absorption.size() > pixels ? layer * pixels : 0;
  auto const image = projector->make({rays.size, rays.size, 1});
  auto const sums = projector->make({rays.rotations, rays.translations, 1});
  projector->copy(view<float const>(plan.absorption.data() + first, pixels, 1), *image);
  projector->project(*image, {}, *sums);
  std::vector<float> left(rays.weights.size());
  projector->copy(static_cast<field const&>(*sums), view<float>(left.data(), left.size(), 1));
  projector->synchronize();
  for (auto& v : left) {
    double const through = std::exp(-static_cast<double>(v));
    if (!(through >= least_transmission && through <= 1 / least_transmission))
      throw input_error("--sample-absorption: a ray loses all but " + std::to_string(through) +
                        " of its intensity; absorption is to be given per step of the translation");
    v = static_cast<float>(through);
  }
  return left;
}

void undo_absorption(std::vector<float> const& transmission, slab_to_fill const& sinogram) {
  auto const divide = [&](view<float> const& of) {
    for (std::size_t entry = 0; entry < of.rows; ++entry)
      for (auto& v : of.row(entry)) v /= transmission[entry];
  };
  divide(sinogram.intensity);
  divide(sinogram.error);
}

}  // namespace xrdct
