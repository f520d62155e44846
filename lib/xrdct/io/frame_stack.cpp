#include "xrdct/io/frame_stack.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/io/hdf5.hpp"
#include "xrdct/io/image_stack.hpp"
#include "xrdct/io/stack_builder.hpp"

#include <algorithm>

namespace xrdct {

frame_stack open_stack(std::string const& file, std::string const& dataset) {
  return stack_builder().build(file, dataset);
}

std::vector<frame_stack> open_stacks(std::string const& file, std::vector<std::string> const& datasets) {
  std::vector<frame_stack> stacks;
  stack_builder builder;
  for (auto const& dataset : datasets) stacks.push_back(builder.build(file, dataset, datasets.size() > 1));
  return stacks;
}

frame_stack open_frames(std::string const& file, std::string const& dataset, bool verify) {
  if (is_image_file(file)) {
    if (dataset.empty()) return open_image_stack(file, verify);
    throw usage_error("'" + file + "' is an image file, in which there is no dataset '" + dataset +
                      "'; name the file alone");
  }
  if (hdf5::try_open(file).reason == hdf5::not_hdf5)
    throw input_error("'" + file + "' is neither an HDF5 file nor an image of a known format (CBF, EDF, TIFF, NumPy)");
  return open_stack(file, dataset.empty() ? find_stack(file) : dataset);
}

frame_segment const& segment_of(frame_stack const& stack, std::uint64_t frame) {
  auto const after = std::upper_bound(stack.segments.begin(), stack.segments.end(), frame,
                                      [](std::uint64_t f, frame_segment const& s) { return f < s.first; });
  if (frame >= stack.frames || after == stack.segments.begin())
    throw input_error("'" + stack.name + "' has " + std::to_string(stack.frames) + " frames, not one numbered " +
                      std::to_string(frame));
  return *std::prev(after);
}

frame_place place_of(frame_stack const& stack, frame_segment const& segment, std::uint64_t frame) {
  std::uint64_t const k = frame - segment.first;
  if (!segment.image) return {segment.file, segment.dataset, segment.source_first + k};
  return {stack.files[segment.first_file + k / segment.images_a_file], "", k % segment.images_a_file};
}

frame_place place_of(frame_stack const& stack, std::uint64_t frame) {
  return place_of(stack, segment_of(stack, frame), frame);
}

}  // namespace xrdct
