#include "xrdct/base/error.hpp"
#include "xrdct/io/frame_stack.hpp"

#include <algorithm>
#include <utility>

namespace xrdct {
namespace {

std::string text_of(frame_stack const& stack) {
  return stack.name + " holds frames of " + std::to_string(stack.format.rows) + " x " +
         std::to_string(stack.format.columns) + " pixels, " + std::string(name_of(stack.format.type));
}

void require_like(frame_stack const& first, frame_stack const& other) {
  auto const& a = first.format;
  auto const& b = other.format;
  if (a.rows == b.rows && a.columns == b.columns && a.type == b.type) return;
  throw input_error(text_of(first) + ", but " + text_of(other) +
                    ": they are not one series; give one --poni for each input if they are several detectors");
}

/// The format of most frames that are there. Blocks matter where the frames do not say them themselves.
frame_format format_of_most(std::vector<frame_stack> const& stacks) {
  std::vector<std::pair<frame_format, std::uint64_t>> votes;
  for (auto const& stack : stacks) {
    auto const& own = stack.format;
    auto at = std::find_if(votes.begin(), votes.end(), [&](auto const& v) {
      return v.first.code == own.code && v.first.block_pixels == own.block_pixels;
    });
    if (at == votes.end()) at = votes.insert(votes.end(), {own, 0});
    at->second += static_cast<std::uint64_t>(stack.frames) -
                  static_cast<std::uint64_t>(std::ranges::count(stack.stored_bytes, std::uint64_t{0}));
  }
  return std::ranges::max_element(votes, {}, &std::pair<frame_format, std::uint64_t>::second)->first;
}

void append(frame_stack& all, frame_stack&& one) {
  for (auto& segment : one.segments) {
    segment.first += all.frames;
    if (segment.image) segment.first_file += all.files.size();
    all.segments.push_back(std::move(segment));
  }
  all.frames += one.frames;
  all.stored_bytes.insert(all.stored_bytes.end(), one.stored_bytes.begin(), one.stored_bytes.end());
  all.files.append(one.files);
  all.parts.insert(all.parts.end(), one.parts.begin(), one.parts.end());
  all.verify = all.verify || one.verify;
}

}  // namespace

frame_stack concatenate(std::vector<frame_stack> stacks) {
  if (stacks.empty()) throw input_error("there are no frames: no input is given");
  for (auto const& stack : stacks) require_like(stacks.front(), stack);
  auto const format = format_of_most(stacks);
  auto const others = stacks.size() - 1;
  frame_stack all = std::move(stacks.front());
  for (std::size_t i = 1; i < stacks.size(); ++i) append(all, std::move(stacks[i]));
  all.format = format;
  if (others > 0) all.name += " and " + std::to_string(others) + " more";
  return all;
}

}  // namespace xrdct
