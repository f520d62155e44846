#include "xrdct/pipeline/inspect_frames.hpp"

#include "xrdct/io/stored_form.hpp"

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <unordered_set>

namespace xrdct {
namespace {

constexpr std::size_t most_named = 4;

void note_absent(frames_found& found, std::string const& file) {
  ++found.absent_files;
  if (found.some_absent.size() < most_named) found.some_absent.push_back(file);
}

/// Files of datasets; a file can stand behind many segments.
void count_files(frame_stack const& stack, frames_found& found) {
  std::unordered_set<std::string> known;
  std::error_code ignored;
  for (auto const& segment : stack.segments) {
    if (segment.image || segment.file.empty() || !known.insert(segment.file).second) continue;
    ++found.files;
    if (!segment.present && !std::filesystem::exists(segment.file, ignored)) note_absent(found, segment.file);
    if (found.first_file.empty()) found.first_file = segment.file;
    found.last_file = segment.file;
  }
}

/// An image file of which nothing is stored is not there, or empty.
void count_images(frame_stack const& stack, frames_found& found) {
  found.files = stack.files.size();
  if (found.files > 0) {
    found.first_file = stack.files[0];
    found.last_file = stack.files[found.files - 1];
  }
  for (auto const& segment : stack.segments)
    for (std::uint64_t i = 0; segment.image && i < segment.count; i += segment.images_a_file)
      if (stack.stored_bytes[segment.first + i] == 0)
        note_absent(found, stack.files[segment.first_file + i / segment.images_a_file]);
}

/// The form of the first dataset that holds anything.
void take_form(frame_stack const& stack, frames_found& found) {
  auto const holds = [&](frame_segment const& s) { return s.present && !s.image && stack.stored_bytes[s.first] > 0; };
  auto const at = std::ranges::find_if(stack.segments, holds);
  if (at == stack.segments.end()) return;
  auto const form = stored_form_of(at->file, at->dataset);
  found.filters = form.filters;
  found.chunk = form.chunk;
}

}  // namespace

frames_found describe_frames(frame_stack const& stack) {
  frames_found found;
  found.name = stack.name;
  found.frames = stack.frames;
  found.rows = stack.format.rows;
  found.columns = stack.format.columns;
  found.type = name_of(stack.format.type);
  found.code = name_of(stack.format.code);
  found.images = stack.of_images();
  found.stored_bytes = std::accumulate(stack.stored_bytes.begin(), stack.stored_bytes.end(), std::uint64_t{0});
  found.missing =
      static_cast<std::uint64_t>(std::count(stack.stored_bytes.begin(), stack.stored_bytes.end(), std::uint64_t{0}));
  found.decoded_bytes = (stack.frames - found.missing) * stack.format.bytes();
  if (found.images)
    count_images(stack, found);
  else
    count_files(stack, found);
  take_form(stack, found);
  return found;
}

}  // namespace xrdct
