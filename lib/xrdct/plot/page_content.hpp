#pragma once
/// \file What a page shows of a result: as much of its tomogram (or sinogram) as a page can hold, how it was measured
/// and made.

#include "xrdct/plot/map_reader.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace xrdct {

/// A number for every position of a scan; those without a measurement are not numbers. Of large scans, means of several
/// positions.
struct scan_image {
  map_axis rotation, translation;
  value_map values;  ///< [rotation][translation]
};

struct page_content {
  std::string title;
  std::string part;             ///< what of the tomogram is shown, and what is averaged so that it fits
  map_axis x, y;                ///< of the maps, which may have fewer pixels than the tomogram
  map_axis channels;            ///< all
  std::vector<double> pattern;  ///< mean over the tomogram, of all channels
  std::vector<peak> groups;     ///< ranges of channels that follow each other; each has a map
  std::vector<value_map> maps;  ///< [group]: the mean of its channels
  std::pair<std::size_t, std::size_t> start{0, 1};  ///< the range of groups that is shown first
  bool square = true;                               ///< the maps' pixels are: a tomogram; otherwise it is the sinogram
  std::optional<scan_image> sinogram;  ///< the sum of all channels of every entry, where the maps are of a tomogram
  std::optional<scan_image> order;     ///< the first frame at every position, from 0
  std::vector<std::pair<std::string, std::string>> facts;     ///< name, text
  std::vector<std::pair<std::string, double>> stage_seconds;  ///< in the order of the stages
};

/// How many channels, and how many pixels along an edge, are averaged so that a tomogram makes at most `most` values.
struct page_grain {
  std::size_t channels = 1;
  std::size_t pixels = 1;
};
/// Patterns matter more than maps as soon as four channels are one: then pixels are averaged, up to four by four.
page_grain choose_grain(std::size_t rows, std::size_t columns, std::size_t channels, std::size_t most);

/// Reads a result with a tomogram or a sinogram. Throws input_error as map_reader does.
page_content read_page_content(std::string const& file, std::optional<int> sector, std::optional<int> layer);

}  // namespace xrdct
