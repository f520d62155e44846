#pragma once
/// \file From a dataset's name to where each of its frames lies.

#include "xrdct/io/dataset_cache.hpp"
#include "xrdct/io/frame_stack.hpp"
#include "xrdct/io/virtual_dataset.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace xrdct {

/// A dataset or a group of datasets, as segments of datasets that are not virtual (or virtual, where their frames are
/// put together from parts).
struct flat_stack {
  enum class state : std::uint8_t { in_progress, flat, absent, broken };
  state is = state::in_progress;
  std::string file;    ///< where the dataset really is, or where it should be
  std::string path;    ///< in that file
  std::string reason;  ///< why it is absent or broken
  std::uint64_t frames = 0;
  frame_format format;
  std::vector<frame_segment> segments;
};

class stack_builder {
 public:
  /// Throws input_error, as open_stack; with `may_be_missing` not for a stack of which all frames are missing.
  frame_stack build(std::string const& file, std::string const& dataset, bool may_be_missing = false);

 private:
  flat_stack const& flatten(std::string const& file, std::string const& path);
  void flatten_object(hdf5::found_object const& object, flat_stack& flat);
  void flatten_virtual(hdf5::found_object const& object, hid_t dataset, hdf5::frame_layout const& layout,
                       flat_stack& flat);
  void flatten_group(hdf5::found_object const& object, std::vector<std::string> const& members, flat_stack& flat);
  void add_from_source(flat_stack const& source, std::uint64_t first, std::uint64_t count, flat_stack& flat);
  flat_stack const& source_of(hdf5::found_object const& object, hdf5::virtual_source const& source);
  void add_parts(hdf5::found_object const& object, hdf5::virtual_frames const& parts, std::uint64_t frames,
                 flat_stack& flat);
  std::uint64_t stored_of_part(flat_stack const& source, std::uint64_t frame);
  void survey(frame_stack& stack);
  void take_sizes(frame_segment const& segment, hdf5::frame_dataset* dataset, frame_stack& stack);
  [[noreturn]] void refuse_empty(frame_stack const& stack);

  hdf5::file_cache files_;
  hdf5::dataset_cache datasets_;
  std::map<std::pair<std::string, std::string>, flat_stack> flat_;
  /// Bytes stored of the frames of virtual datasets that are put together from parts.
  std::map<std::pair<std::string, std::string>, std::vector<std::uint64_t>> stored_in_parts_;
  std::string absence_;  ///< the first thing found absent
  int depth_ = 0;
};

/// Of a group's names, those like data_000001, by number.
std::vector<std::string> data_members(std::vector<std::string> const& names);

}  // namespace xrdct
