#include "xrdct/io/header_numbers.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/codec/image_reader.hpp"
#include "xrdct/io/file_sizes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>

namespace xrdct {
namespace {

/// The units of one name, and the first frame that states each.
using units = std::map<std::string, std::uint64_t>;

/// Where numbers of all names go; threads share it.
class collector {
 public:
  collector(frame_stack const& stack, std::vector<std::string> const& names)
      : stack_(stack), names_(names), units_(names.size()) {
    for (auto const& name : names)
      lists_.push_back({std::vector<double>(stack.frames, std::numeric_limits<double>::quiet_NaN()), "",
                        "header:" + name + " of " + stack.name});
  }

  /// The frames of one file. Each frame is written by one thread.
  void read_file(frame_segment const& segment, std::uint64_t which) {
    auto const first = segment.first + which * segment.images_a_file;
    try {
      if (stack_.stored_bytes[first] == 0) return;
      auto const images = open_images(stack_.files[segment.first_file + which]);
      auto const count = segment.images_a_file > 1 ? std::min(images->count(), segment.images_a_file) : 1;
      for (std::uint64_t i = 0; i < count; ++i) take(first + i, images->fields(i));
    } catch (input_error const&) {
      // Whoever needs the frame finds out, and says what is wrong with it.
    }
  }

  std::vector<number_list> finish() {
    for (std::size_t n = 0; n < names_.size(); ++n) {
      if (units_[n].size() > 1) refuse_units(n);
      if (units_[n].size() == 1) lists_[n].unit = units_[n].begin()->first;
    }
    return std::move(lists_);
  }

 private:
  void take(std::uint64_t frame, header_fields const& fields) {
    for (std::size_t n = 0; n < names_.size(); ++n) {
      auto const* const field = find_field(fields, names_[n]);
      if (field == nullptr) continue;
      lists_[n].values[frame] = field->value;
      std::lock_guard const lock(mutex_);
      auto const [at, fresh] = units_[n].try_emplace(field->unit, frame);
      if (!fresh) at->second = std::min(at->second, frame);
    }
  }

  [[noreturn]] void refuse_units(std::size_t n) const {
    auto const a = units_[n].begin();
    auto const b = std::next(a);
    throw input_error(lists_[n].source + ": its unit differs from frame to frame: '" + a->first + "' in " +
                      place_of(stack_, a->second).file + ", '" + b->first + "' in " + place_of(stack_, b->second).file);
  }

  frame_stack const& stack_;
  std::vector<std::string> const& names_;
  std::vector<number_list> lists_;
  std::vector<units> units_;
  std::mutex mutex_;
};

std::string joined(std::vector<std::string> const& names) {
  std::string text;
  for (auto const& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

std::vector<number_list> read_header_lists(frame_stack const& stack, std::vector<std::string> const& names) {
  collector all(stack, names);
  for (auto const& segment : stack.segments)
    if (segment.image)
      for_each_file(segment.count / segment.images_a_file, [&](std::uint64_t i) { all.read_file(segment, i); });
  return all.finish();
}

std::vector<std::string> header_names(frame_stack const& stack) {
  std::vector<std::string> names;
  for (std::uint64_t f = 0; f < stack.frames && names.empty(); ++f) {
    auto const& segment = segment_of(stack, f);
    if (!segment.image || stack.stored_bytes[f] == 0) continue;
    try {
      for (auto const& field : open_images(place_of(stack, segment, f).file)->fields(0))
        if (std::ranges::find(names, field.name) == names.end()) names.push_back(field.name);
      break;
    } catch (input_error const&) {
      continue;
    }
  }
  return names;
}

number_list read_header_numbers(frame_stack const& stack, std::string const& name) {
  if (!stack.of_images())
    throw input_error("header:" + name + " needs image files, which have headers, but " + stack.name +
                      " is an HDF5 file: name a dataset");
  auto list = std::move(read_header_lists(stack, {name}).front());
  if (!std::ranges::all_of(list.values, [](double v) { return std::isnan(v); })) return list;
  auto const there = header_names(stack);
  throw input_error(list.source + ": no header states this number; " +
                    (there.empty() ? "they state none" : "there are " + joined(there)));
}

std::string header_source(std::string const& what) {
  constexpr std::string_view prefix = "header:";
  return what.starts_with(prefix) ? what.substr(prefix.size()) : "";
}

}  // namespace xrdct
