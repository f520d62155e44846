#include "xrdct/pipeline/pixel_images.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/geometry/integration.hpp"
#include "xrdct/io/pixel_image.hpp"

#include <algorithm>
#include <numbers>

namespace xrdct {
namespace {

std::string shape_text(int rows, int columns) { return std::to_string(rows) + " x " + std::to_string(columns); }

/// Whose images are read.
struct place {
  detector const& shape;
  std::size_t number;  // of the detector, from 0
  bool alone;

  bool takes(image_file const& which) const { return which.detector.value_or(number) == number; }
};

constexpr char const* no_image = "none";

void require_shape(pixel_image const& read, std::string const& meaning, place const& of) {
  if (read.pixels.rows == of.shape.rows && read.pixels.columns == of.shape.columns) return;
  auto const input = std::to_string(of.number + 1);
  throw input_error(read.source + ": the " + meaning + " is " + shape_text(read.pixels.rows, read.pixels.columns) +
                    " pixels, but the frames " + (of.alone ? "" : "of input " + input + " ") + "are " +
                    shape_text(of.shape.rows, of.shape.columns) +
                    (of.alone ? "" : "; " + input + ":FILE names one for this input alone"));
}

/// The first that is for this detector; `word` is what its dataset is called after.
std::vector<float> read_floats(std::vector<image_file> const& files, std::string const& word, place const& of) {
  for (auto const& which : files) {
    if (!of.takes(which)) continue;
    if (which.file == no_image) return {};
    auto const meaning = word + " image";
    auto const read = read_pixel_image(which.file, {word, of.shape.rows, of.shape.columns, word != "variance"});
    require_shape(read, meaning, of);
    if (read.images > 1)
      log_info(meaning + ": the mean of the " + std::to_string(read.images) + " images of " + read.source);
    else if (read.source != which.file)
      log_info(meaning + ": " + read.source);
    return {read.pixels.values.begin(), read.pixels.values.end()};
  }
  return {};
}

std::vector<std::uint8_t> read_masks(std::vector<image_file> const& files, std::vector<std::uint8_t> const& own,
                                     place const& of) {
  std::vector<std::uint8_t> mask = of.shape.gaps;
  auto const add = [&](auto const& values) {
    mask.resize(values.size());
    for (std::size_t i = 0; i < mask.size(); ++i)
      if (values[i] != 0) mask[i] = 1;
  };
  if (!own.empty()) add(own);
  for (auto const& which : files) {
    if (!of.takes(which)) continue;
    auto const read = read_mask_image(which.file, of.shape.rows, of.shape.columns);
    require_shape(read, "mask", of);
    if (read.bits)
      log_info("mask: " + read.source + ", of which bits 0 to 15 exclude");
    else if (read.source != which.file)
      log_info("mask: " + read.source);
    add(read.pixels.values);
  }
  return mask;
}

/// Negative values where `mask` excludes are no matter: files mark dead pixels so.
void check_variance(std::string const& name, std::vector<float> const& variance, std::vector<std::uint8_t> const& mask,
                    detector const& shape) {
  for (std::size_t i = 0; i < variance.size(); ++i) {
    if (!(variance[i] < 0) || (!mask.empty() && mask[i] != 0)) continue;
    auto const columns = static_cast<std::size_t>(shape.columns);
    throw input_error(name + ": the variance of pixel (" + std::to_string(i / columns) + ", " +
                      std::to_string(i % columns) + ") is negative; mask such pixels, or correct the image");
  }
}

std::vector<float> read_variance(job const& what, std::vector<std::uint8_t> const& mask, place const& of) {
  auto const& files = what.input.variances;
  bool const is_wanted = what.geometry.errors == error_model::image;
  if (!is_wanted && !files.empty())
    throw usage_error("a variance image is given, but the error model is another: use one of them");
  auto const own = std::find_if(files.begin(), files.end(), [&](image_file const& file) { return of.takes(file); });
  if (is_wanted && own == files.end())
    throw usage_error("errors by variance images need one" +
                      (of.alone ? "" : " for input " + std::to_string(of.number + 1)) + ": give it with --variance");
  if (!is_wanted) return {};
  auto variance = read_floats(files, "variance", of);
  check_variance(own->file, variance, mask, of.shape);
  return variance;
}

void check(std::vector<image_file> const& files, std::size_t detectors, std::string const& option, bool one_only) {
  std::vector<int> given(detectors);
  for (auto const& which : files) {
    if (which.detector && *which.detector >= detectors)
      throw usage_error("--" + option + " " + std::to_string(*which.detector + 1) + ":" + which.file +
                        " is for input " + std::to_string(*which.detector + 1) + ", but there " +
                        (detectors == 1 ? "is one input" : "are " + std::to_string(detectors) + " inputs"));
    for (std::size_t i = 0; i < detectors; ++i)
      if (which.detector.value_or(i) == i && ++given[i] > 1 && one_only)
        throw usage_error("--" + option + " is given twice" +
                          (detectors == 1 ? "" : " for input " + std::to_string(i + 1)) +
                          "; 2:FILE names one for the second input alone");
  }
}

/// Gaps are −1 and dead pixels −2. Floats are no counts, and may be below 0 and measured: of these, what is near the
/// marks, as in pyFAI's detectors/_dectris.py.
void exclude_marks(corrections& pixels, pixel_type frames) {
  pixels.exclude_negative = frames != pixel_type::f32;
  if (pixels.exclude_negative) return;
  pixels.dummy = -2;
  pixels.delta_dummy = 1.5;
}

}  // namespace

void check_image_files(input_options const& input, std::size_t detectors) {
  check(input.masks, detectors, "mask", false);
  check(input.darks, detectors, "dark", true);
  check(input.flats, detectors, "flat", true);
  check(input.absorptions, detectors, "absorption", true);
  check(input.variances, detectors, "variance", true);
}

bool has_flat(job const& what, std::size_t detector) {
  return std::any_of(what.input.flats.begin(), what.input.flats.end(),
                     [&](image_file const& flat) { return flat.detector.value_or(detector) == detector; });
}

corrections read_corrections(job const& what, poni const& geometry, detector_description const& described,
                             std::size_t detector, pixel_type frames) {
  auto const& shape = geometry.detector;
  place const of{shape, detector, count_detectors(what) == 1};
  corrections made;
  made.mask = read_masks(what.input.masks, described.mask, of);
  made.dark = read_floats(what.input.darks, "dark", of);
  made.variance = read_variance(what, made.mask, of);
  made.dummy = what.input.dummy;
  made.delta_dummy = what.input.delta_dummy;
  made.exclude_maximum = !what.input.keep_dead;
  made.exclude_negative = false;
  made.saturation = what.geometry.saturation;
  if (shape.negative_is_dead && !what.input.keep_dead && !what.input.dummy) exclude_marks(made, frames);
  if (!what.input.keep_dead) {
    made.lowest = described.lowest;
    made.highest = described.highest;
  }

  norm_images images;
  images.flat = read_floats(what.input.flats, "flat", of);
  if (!has_flat(what, detector)) images.flat = described.flat;
  images.absorption = read_floats(what.input.absorptions, "absorption", of);
  if (what.geometry.solid_angle) images.solid_angle = solid_angle(geometry);
  if (what.geometry.polarization)
    images.polarization =
        polarization(geometry, *what.geometry.polarization, what.geometry.polarization_offset * std::numbers::pi / 180);
  made.norm = pixel_norm(images);
  return made;
}

}  // namespace xrdct
