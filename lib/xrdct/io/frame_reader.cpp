#include "xrdct/io/dataset_cache.hpp"
#include "xrdct/io/frame_stream.hpp"
#include "xrdct/io/image_stack.hpp"

#include <exception>

namespace xrdct {

struct frame_reader::state {
  explicit state(frame_stack const& s) : stack(&s) {}

  /// The segment of a frame; most frames are in that of the one before.
  frame_segment const& segment(std::uint64_t frame) {
    if (last == nullptr || frame < last->first || frame - last->first >= last->count) last = &segment_of(*stack, frame);
    return *last;
  }

  frame_stack const* stack;
  frame_segment const* last = nullptr;
  hdf5::dataset_cache datasets;
  image_frames images;
};

frame_reader::frame_reader(frame_stack const& stack) : state_(std::make_unique<state>(stack)) {}
frame_reader::~frame_reader() = default;
frame_reader::frame_reader(frame_reader&&) noexcept = default;
frame_reader& frame_reader::operator=(frame_reader&&) noexcept = default;

frame_status frame_reader::read(std::uint64_t frame, frame_buffer& bytes, std::uint32_t& filter_mask) {
  auto const& stack = *state_->stack;
  filter_mask = 0;
  auto const& segment = state_->segment(frame);
  auto const place = place_of(stack, segment, frame);
  auto status = frame_status::missing;
  if (!segment.present || stack.stored_bytes[frame] == 0) {
    bytes.clear();
  } else if (segment.image) {
    status = state_->images.read(place, segment.images_a_file, stack.format, stack.verify, bytes, filter_mask);
  } else {
    auto* const dataset = state_->datasets.get(place.file, place.dataset);
    auto const fits = [&](frame_format const& own) {
      return own.rows == stack.format.rows && own.columns == stack.format.columns;
    };
    if (dataset == nullptr || place.index >= dataset->layout().frames || !fits(dataset->layout().format)) {
      status = frame_status::unreadable;
    } else if (dataset->delivers(stack.format)) {
      status = dataset->read_stored(place.index, bytes, filter_mask);
    } else {
      status = dataset->read_pixels(place.index, stack.format.type, bytes);
      filter_mask = 1;
    }
  }
  if (status != frame_status::ok) bytes.clear();
  return status;
}

}  // namespace xrdct
