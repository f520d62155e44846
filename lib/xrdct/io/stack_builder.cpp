#include "xrdct/io/stack_builder.hpp"

#include "xrdct/base/error.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace xrdct {
namespace {

using hdf5::found_object;

bool same_frames(frame_format const& a, frame_format const& b) { return a.rows == b.rows && a.columns == b.columns; }

std::string text_of_frames(frame_format const& format) {
  return "[" + std::to_string(format.rows) + "][" + std::to_string(format.columns) + "] " +
         std::string(name_of(format.type));
}

/// Appends frames, as part of the last segment where they continue it.
void append(flat_stack& flat, std::uint64_t count, std::string const& file, std::string const& dataset,
            std::uint64_t source_first, bool present) {
  if (count == 0) return;
  if (!flat.segments.empty()) {
    auto& last = flat.segments.back();
    if (last.present == present && last.source_first + last.count == source_first && last.file == file &&
        last.dataset == dataset) {
      last.count += count;
      flat.frames += count;
      return;
    }
  }
  flat.segments.push_back({flat.frames, count, file, dataset, source_first, present});
  flat.frames += count;
}

/// The file of a virtual dataset's source.
std::string place_of(found_object const& object, hdf5::virtual_source const& source) {
  std::string const& own = object.file->path;
  return source.file == "." ? own : hdf5::linked_file(own, source.file, hdf5::link_kind::virtual_source);
}

}  // namespace

std::vector<std::string> data_members(std::vector<std::string> const& names) {
  struct member {
    std::uint64_t number;
    std::string const* name;
  };
  std::vector<member> members;
  for (auto const& name : names) {
    if (!name.starts_with("data_")) continue;
    std::uint64_t number = 0;
    char const* const end = name.data() + name.size();
    auto const parsed = std::from_chars(name.data() + 5, end, number);
    if (parsed.ec == std::errc() && parsed.ptr == end) members.push_back({number, &name});
  }
  std::stable_sort(members.begin(), members.end(), [](auto const& a, auto const& b) { return a.number < b.number; });
  std::vector<std::string> sorted;
  for (auto const& m : members) sorted.push_back(*m.name);
  return sorted;
}

flat_stack const& stack_builder::flatten(std::string const& file, std::string const& path) {
  constexpr int most_nested = 32;
  auto const [at, fresh] = flat_.try_emplace({file, path});
  auto& flat = at->second;
  if (!fresh) {
    if (flat.is == flat_stack::state::in_progress)
      throw input_error("the virtual dataset '" + path + "' in '" + file + "' is made of itself");
    return flat;
  }
  auto const object = hdf5::find_object(files_, file, path);
  flat.file = object ? object.file->path : object.missing_file.empty() ? file : object.missing_file;
  flat.path = object ? object.path : path;
  if (object) {
    if (++depth_ > most_nested)
      throw input_error("virtual datasets are nested too deeply, down to '" + path + "' in '" + file + "'");
    flatten_object(object, flat);
    --depth_;
    flat.is = flat_stack::state::flat;
    return flat;
  }
  flat.reason = object.reason;
  bool const broken = object.is == found_object::state::file_broken;
  flat.is = broken ? flat_stack::state::broken : flat_stack::state::absent;
  if (absence_.empty()) absence_ = object.reason;
  return flat;
}

void stack_builder::flatten_object(found_object const& object, flat_stack& flat) {
  std::string const where = "'" + object.path + "' in '" + object.file->path + "'";
  hid_t const file = object.file->file.id();
  if (hdf5::type_at(file, object.path) == H5O_TYPE_GROUP) {
    auto const names = hdf5::names_in(file, object.path);
    auto const members = data_members(names);
    if (members.empty())
      throw input_error(where + " is a group without data_000001 and so on; name a dataset of frames; it holds " +
                        hdf5::near_names(names, "data"));
    flatten_group(object, members, flat);
    return;
  }
  auto const dataset = hdf5::need_dataset(object);
  auto const layout = hdf5::layout_of(dataset.id(), where);
  flat.format = layout.format;
  if (layout.is_virtual)
    flatten_virtual(object, dataset.id(), layout, flat);
  else
    append(flat, layout.frames, object.file->path, object.path, 0, true);
}

flat_stack const& stack_builder::source_of(found_object const& object, hdf5::virtual_source const& source) {
  return flatten(place_of(object, source), source.dataset);
}

void stack_builder::flatten_virtual(found_object const& object, hid_t dataset, hdf5::frame_layout const& layout,
                                    flat_stack& flat) {
  std::string const& file = object.file->path;
  auto const parts = hdf5::frames_of_virtual(
      dataset, {layout.frames, layout.format, layout.lead},
      [&](hdf5::virtual_source const& source) {
        auto const found = hdf5::find_object(files_, place_of(object, source), source.dataset);
        return found ? hdf5::extent_of(hdf5::need_dataset(found).id()) : std::vector<hsize_t>();
      },
      "'" + object.path + "' in '" + file + "'");
  if (!parts.whole) return add_parts(object, parts, layout.frames, flat);
  constexpr std::uint32_t none = UINT32_MAX;
  std::vector<std::uint32_t> source(layout.frames, none);
  std::vector<std::uint64_t> source_frame(layout.frames, 0);
  for (auto const& piece : parts.pieces) {
    source[piece.frame] = piece.source;
    source_frame[piece.frame] = piece.source_frame;
  }
  for (std::uint64_t first = 0, end = 0; first < layout.frames; first = end) {
    auto const continues = [&](std::uint64_t f) {
      return source[f] == source[first] && (source[f] == none || source_frame[f] == source_frame[first] + (f - first));
    };
    for (end = first + 1; end < layout.frames && continues(end);) ++end;
    if (source[first] == none)
      append(flat, end - first, file, object.path, first, false);
    else
      add_from_source(source_of(object, parts.sources[source[first]]), source_frame[first], end - first, flat);
  }
}

void stack_builder::add_from_source(flat_stack const& source, std::uint64_t first, std::uint64_t count,
                                    flat_stack& flat) {
  if (source.is != flat_stack::state::flat) {
    append(flat, count, source.file, source.path, first, source.is == flat_stack::state::broken);
    return;
  }
  if (!same_frames(source.format, flat.format))
    throw input_error("'" + source.path + "' in '" + source.file + "' holds frames of " +
                      text_of_frames(source.format) + ", but a virtual dataset takes them as " +
                      text_of_frames(flat.format));
  std::uint64_t const end = first + std::min(count, source.frames - std::min(first, source.frames));
  auto segment = std::upper_bound(source.segments.begin(), source.segments.end(), first,
                                  [](std::uint64_t f, frame_segment const& s) { return f < s.first; });
  if (segment != source.segments.begin()) --segment;
  for (std::uint64_t f = first; f < end; ++segment) {
    std::uint64_t const n = std::min(end, segment->first + segment->count) - f;
    append(flat, n, segment->file, segment->dataset, segment->source_first + (f - segment->first), segment->present);
    f += n;
  }
  append(flat, count - (end - first), source.file, source.path, end, false);  // past the source's last frame
}

/// DECTRIS: data_000001 and so on, each linked to a file of its own. How many frames an absent one had is not known:
/// as many, it is assumed, as the largest of the others.
void stack_builder::flatten_group(found_object const& object, std::vector<std::string> const& members,
                                  flat_stack& flat) {
  std::vector<flat_stack const*> parts;
  flat_stack const* known = nullptr;
  std::uint64_t most = 0;
  for (auto const& name : members) {
    auto const& part = flatten(object.file->path, object.path + "/" + name);
    parts.push_back(&part);
    if (part.is != flat_stack::state::flat) continue;
    if (known == nullptr) known = &part;
    if (!same_frames(part.format, known->format) || part.format.type != known->format.type)
      throw input_error("'" + part.path + "' in '" + part.file + "' holds " + text_of_frames(part.format) + ", but '" +
                        known->path + "' in '" + known->file + "' " + text_of_frames(known->format) +
                        ": they are not one stack");
    most = std::max(most, part.frames);
  }
  if (known == nullptr) throw input_error("none of the frames is there: " + parts.front()->reason);
  flat.format = known->format;
  for (auto const* const part : parts)
    if (part->is == flat_stack::state::flat)
      add_from_source(*part, 0, part->frames, flat);
    else
      append(flat, most, part->file, part->path, 0, part->is == flat_stack::state::broken);
}

/// A frame that is put together from parts is missing where one part's source is absent, or no part was ever written;
/// and unreadable where one part's file is: HDF5 would make up what it lacks.
void stack_builder::add_parts(found_object const& object, hdf5::virtual_frames const& parts, std::uint64_t frames,
                              flat_stack& flat) {
  std::vector<std::uint64_t> stored(frames, parts.unclear.empty() ? 0 : 1);
  std::vector<bool> lacking(frames, false);
  std::vector<flat_stack const*> broken(frames, nullptr);
  for (auto const& piece : parts.pieces) {
    auto const& source = source_of(object, parts.sources[piece.source]);
    if (source.is == flat_stack::state::absent)
      lacking[piece.frame] = true;
    else if (source.is == flat_stack::state::broken)
      broken[piece.frame] = &source;
    else
      stored[piece.frame] += stored_of_part(source, piece.source_frame);
  }
  for (auto const index : parts.unclear) {
    auto const place = place_of(object, parts.sources[index]);
    auto const found = hdf5::find_object(files_, place, parts.sources[index].dataset);
    if (found) continue;
    if (found.is == found_object::state::file_broken) {
      broken.assign(frames, &source_of(object, parts.sources[index]));
      continue;
    }
    lacking.assign(frames, true);
    if (absence_.empty()) absence_ = found.reason;
  }
  for (std::uint64_t f = 0; f < frames; ++f) {
    if (lacking[f]) stored[f] = 0;
    if (broken[f] != nullptr && !lacking[f])
      append(flat, 1, broken[f]->file, broken[f]->path, f, true);
    else
      append(flat, 1, object.file->path, object.path, f, true);
  }
  stored_in_parts_[{object.file->path, object.path}] = std::move(stored);
}

std::uint64_t stack_builder::stored_of_part(flat_stack const& source, std::uint64_t frame) {
  if (source.is != flat_stack::state::flat) return 1;
  if (frame >= source.frames) return 0;
  auto segment = std::upper_bound(source.segments.begin(), source.segments.end(), frame,
                                  [](std::uint64_t f, frame_segment const& s) { return f < s.first; });
  --segment;
  if (!segment->present) return 0;
  std::uint64_t const index = segment->source_first + (frame - segment->first);
  auto const parts = stored_in_parts_.find({segment->file, segment->dataset});
  if (parts != stored_in_parts_.end()) return index < parts->second.size() ? parts->second[index] : 0;
  auto* const dataset = datasets_.get(segment->file, segment->dataset);
  return dataset != nullptr ? dataset->stored_bytes(index) : 1;
}

namespace {

/// Encodings of frames, and how many frames are in each.
struct encoding_votes {
  struct one {
    frame_format format;
    std::uint64_t frames = 0;
  };
  std::vector<one> all;

  void add(frame_format const& format, std::uint64_t frames) {
    auto at = std::find_if(all.begin(), all.end(), [&](one const& v) {
      return v.format.code == format.code && v.format.block_pixels == format.block_pixels;
    });
    if (at == all.end()) at = all.insert(all.end(), {format, 0});
    at->frames += frames;
  }
  void decide(frame_format& format) const {
    auto const most =
        std::max_element(all.begin(), all.end(), [](one const& a, one const& b) { return a.frames < b.frames; });
    format.code = most != all.end() ? most->format.code : encoding::raw;
    format.block_pixels = most != all.end() ? most->format.block_pixels : 0;
  }
};

}  // namespace

void stack_builder::take_sizes(frame_segment const& segment, hdf5::frame_dataset* dataset, frame_stack& stack) {
  auto* const to = stack.stored_bytes.data() + segment.first;
  auto const parts = stored_in_parts_.find({segment.file, segment.dataset});
  if (parts != stored_in_parts_.end()) {
    std::copy_n(parts->second.begin() + static_cast<std::ptrdiff_t>(segment.source_first), segment.count, to);
    return;
  }
  for (std::uint64_t i = 0; i < segment.count; ++i)
    to[i] = dataset == nullptr                                    ? stack.format.bytes()
            : segment.source_first + i < dataset->layout().frames ? dataset->stored_bytes(segment.source_first + i)
                                                                  : 0;
}

/// Sizes, and the stack's encoding, which is that of most of its frames. Every dataset is opened once: there may be
/// thousands of files.
void stack_builder::survey(frame_stack& stack) {
  stack.stored_bytes.assign(stack.frames, 0);
  encoding_votes votes;
  for (auto const& segment : stack.segments) {
    if (!segment.present) continue;
    auto* const dataset = datasets_.get(segment.file, segment.dataset);
    take_sizes(segment, dataset, stack);
    if (dataset == nullptr || dataset->layout().format.type != stack.format.type) continue;
    auto const first = stack.stored_bytes.begin() + static_cast<std::ptrdiff_t>(segment.first);
    auto const missing = std::count(first, first + static_cast<std::ptrdiff_t>(segment.count), std::uint64_t{0});
    auto const stored = segment.count - static_cast<std::uint64_t>(missing);
    if (stored > 0) votes.add(dataset->layout().format, stored);
  }
  votes.decide(stack.format);
}

void stack_builder::refuse_empty(frame_stack const& stack) {
  std::string const frames = stack.frames == 1 ? "the frame" : "all " + std::to_string(stack.frames) + " frames";
  std::string const message = frames + " of '" + stack.name + "' " + (stack.frames == 1 ? "is" : "are") + " missing: ";
  if (!absence_.empty())
    throw input_error(message + absence_ + (absence_.ends_with("does not exist") ? hdf5::advice_for_absent : ""));
  for (auto const& segment : stack.segments)
    if (auto* const dataset = datasets_.get(segment.file, segment.dataset); dataset != nullptr && segment.present)
      if (auto const file = dataset->absent_raw_file(); !file.empty())
        throw input_error(message + "the raw file '" + file + "' does not exist" + hdf5::advice_for_absent);
  throw input_error(message + "nothing was ever written to it");
}

frame_stack stack_builder::build(std::string const& file, std::string const& dataset, bool may_be_missing) {
  auto const object = hdf5::need_object(files_, file, dataset);
  auto const& flat = flatten(object.file->path, object.path);
  frame_stack stack;
  stack.name = file + (dataset.starts_with('/') ? "::" : "::/") + dataset;
  stack.format = flat.format;
  stack.frames = flat.frames;
  stack.segments = flat.segments;
  survey(stack);
  stack.parts = {{file, dataset, stack.frames}};
  if (!may_be_missing &&
      std::all_of(stack.stored_bytes.begin(), stack.stored_bytes.end(), [](auto n) { return n == 0; }))
    refuse_empty(stack);
  return stack;
}

}  // namespace xrdct
