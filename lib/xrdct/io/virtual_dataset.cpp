#include "xrdct/io/virtual_dataset.hpp"

#include "xrdct/base/error.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

namespace xrdct::hdf5 {
namespace {

/// The frames that a selection takes: blocks of `block` consecutive ones, `stride` apart; or a list.
struct frame_selection {
  hsize_t start = 0, stride = 1, count = 1, block = 1;
  std::vector<hsize_t> list;
  bool whole = false;  // all rows and columns of them

  bool unlimited() const { return count == H5S_UNLIMITED || block == H5S_UNLIMITED; }
  hsize_t frames() const { return list.empty() ? count * block : list.size(); }

  /// The k-th selected frame; nothing past the last, or past what 64 bits hold.
  std::optional<hsize_t> at(hsize_t k) const {
    if (!list.empty()) return k < list.size() ? std::optional(list[k]) : std::nullopt;
    if (block == H5S_UNLIMITED) return k > H5S_UNLIMITED - 1 - start ? std::nullopt : std::optional(start + k);
    if (block == 0 || (count != H5S_UNLIMITED && k / block >= count)) return std::nullopt;
    hsize_t far = 0;
    if (__builtin_mul_overflow(k / block, stride, &far) || __builtin_add_overflow(far, start + k % block, &far))
      return std::nullopt;
    return far;
  }
};

/// Whether a regular selection takes all of an extent in one dimension.
bool takes_all(hsize_t start, hsize_t stride, hsize_t count, hsize_t block, hsize_t extent) {
  if (start != 0) return false;
  if (count == 1) return block == extent;
  return stride == block && block != 0 && extent % block == 0 && extent / block == count;
}

std::optional<frame_selection> regular_selection(hid_t space, std::vector<hsize_t> const& extent, bool image) {
  std::array<hsize_t, 3> start{};
  std::array<hsize_t, 3> stride{};
  std::array<hsize_t, 3> count{};
  std::array<hsize_t, 3> block{};
  if (H5Sget_regular_hyperslab(space, start.data(), stride.data(), count.data(), block.data()) < 0) return {};
  frame_selection selection;
  std::size_t const r = image ? 0 : 1;
  if (!image) selection = {start[0], stride[0], count[0], block[0], {}, false};
  selection.whole = true;
  for (std::size_t d = r; d < extent.size(); ++d)
    selection.whole = selection.whole && takes_all(start[d], stride[d], count[d], block[d], extent[d]);
  return selection;
}

/// A selection made of many boxes: understood where each is some whole frames.
std::optional<frame_selection> irregular_selection(hid_t space, std::vector<hsize_t> const& extent, bool image,
                                                   std::uint64_t most_frames) {
  constexpr hssize_t most_boxes = 1'000'000;
  hssize_t const boxes = H5Sget_select_hyper_nblocks(space);
  if (boxes <= 0 || boxes > most_boxes || image) return {};
  auto const rank = extent.size();
  std::vector<hsize_t> corners(static_cast<std::size_t>(boxes) * 2 * rank);
  if (H5Sget_select_hyper_blocklist(space, 0, static_cast<hsize_t>(boxes), corners.data()) < 0) return {};
  frame_selection selection;
  selection.whole = true;
  for (std::size_t b = 0; b < static_cast<std::size_t>(boxes); ++b) {
    hsize_t const* const low = corners.data() + b * 2 * rank;
    hsize_t const* const high = low + rank;
    for (std::size_t d = 1; d < rank; ++d)
      if (low[d] != 0 || high[d] + 1 != extent[d]) return {};
    for (hsize_t f = low[0]; f <= high[0]; ++f) {
      if (selection.list.size() > most_frames) return {};
      selection.list.push_back(f);
    }
  }
  std::sort(selection.list.begin(), selection.list.end());
  return selection;
}

/// How many coordinates a regular selection takes in one dimension, and which.
struct taken {
  hsize_t start = 0, stride = 1, count = 1, block = 1;

  hsize_t size(hsize_t extent) const {
    if (start >= extent || block == 0 || stride == 0) return 0;
    hsize_t const room = extent - start;
    if (block == H5S_UNLIMITED) return room;
    hsize_t const whole = std::min<hsize_t>(count, room / stride + 1);
    hsize_t size = 0;
    for (hsize_t b = 0; b < whole; ++b) {
      if (b * stride >= room) break;
      size += std::min(block, room - b * stride);
    }
    return size;
  }
  hsize_t at(hsize_t k) const { return block == H5S_UNLIMITED ? start + k : start + k / block * stride + k % block; }
};

/// A regular selection of a dataset with several axes before the rows: a list of the frames that it takes, numbered row
/// by row, in the order in which HDF5 goes through them.
std::optional<frame_selection> selection_of_axes(hid_t space, std::vector<hsize_t> const& extent,
                                                 std::uint64_t most_frames) {
  std::size_t const axes = extent.size() - 2;
  std::array<std::array<hsize_t, H5S_MAX_RANK>, 4> s{};
  if (H5Sget_regular_hyperslab(space, s[0].data(), s[1].data(), s[2].data(), s[3].data()) < 0) return {};
  frame_selection selection;
  selection.whole = true;
  for (std::size_t d = axes; d < extent.size(); ++d)
    selection.whole = selection.whole && takes_all(s[0][d], s[1][d], s[2][d], s[3][d], extent[d]);
  std::vector<taken> along;
  std::vector<hsize_t> sizes;
  hsize_t all = 1;
  for (std::size_t d = 0; d < axes; ++d) {
    along.push_back({s[0][d], s[1][d], s[2][d], s[3][d]});
    sizes.push_back(along.back().size(extent[d]));
    if (__builtin_mul_overflow(all, sizes.back(), &all) || all > most_frames) return {};
  }
  if (all == 0) return {};
  for (hsize_t k = 0; k < all; ++k) {
    hsize_t frame = 0, rest = k, below = all;
    for (std::size_t d = 0; d < axes; ++d) {
      below /= sizes[d];
      frame = frame * extent[d] + along[d].at(rest / below);
      rest %= below;
    }
    selection.list.push_back(frame);
  }
  return selection;
}

/// What is selected of a dataset of the given extent. (A mapping's source space has no extent of its own in the file:
/// only the selection is stored, and none at all where it is everything.)
std::optional<frame_selection> selection_of(hid_t space, std::vector<hsize_t> const& extent,
                                            std::uint64_t most_frames) {
  if (extent.size() < 2) return {};
  bool const image = extent.size() == 2;
  switch (H5Sget_select_type(space)) {
    case H5S_SEL_ALL: {
      frame_selection all;
      all.block = product({extent.begin(), extent.end() - 2});
      all.whole = true;
      return all;
    }
    case H5S_SEL_HYPERSLABS:
      if (H5Sget_simple_extent_ndims(space) != static_cast<int>(extent.size())) return {};
      if (extent.size() > 3) {
        if (H5Sis_regular_hyperslab(space) <= 0) return {};
        return selection_of_axes(space, extent, most_frames);
      }
      return H5Sis_regular_hyperslab(space) > 0 ? regular_selection(space, extent, image)
                                                : irregular_selection(space, extent, image, most_frames);
    default: return {};
  }
}

/// A source's name with the block's number for "%b" and "%" for "%%".
std::string name_of_block(std::string const& pattern, hsize_t block, bool& numbered) {
  std::string name;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    bool const escape = pattern[i] == '%' && i + 1 < pattern.size();
    if (escape && pattern[i + 1] == 'b') {
      name += std::to_string(block);
      numbered = true;
      ++i;
    } else {
      name += pattern[i];
      if (escape && pattern[i + 1] == '%') ++i;
    }
  }
  return name;
}

template <class Get>  // (buffer, size) → length
std::string text_from(Get get, std::string const& where) {
  ssize_t const length = get(nullptr, std::size_t{0});
  if (length < 0) throw input_error(where + " has a mapping that cannot be read: " + failure());
  std::string text(static_cast<std::size_t>(length) + 1, '\0');
  if (get(text.data(), text.size()) < 0) throw input_error(where + " has a mapping that cannot be read: " + failure());
  text.resize(static_cast<std::size_t>(length));
  return text;
}

using mapping = virtual_mapping;

mapping mapping_at(hid_t properties, std::size_t i, std::string const& where) {
  mapping m;
  m.file = text_from([&](char* to, std::size_t n) { return H5Pget_virtual_filename(properties, i, to, n); }, where);
  m.dataset = text_from([&](char* to, std::size_t n) { return H5Pget_virtual_dsetname(properties, i, to, n); }, where);
  m.virtual_space = need(H5Pget_virtual_vspace(properties, i), H5Sclose, where + " has a mapping that cannot be read");
  m.source_space = need(H5Pget_virtual_srcspace(properties, i), H5Sclose, where + " has a mapping that cannot be read");
  return m;
}

/// Collects the pieces, each source once.
struct collector {
  virtual_frames result;
  std::map<std::pair<std::string, std::string>, std::uint32_t> known;

  std::uint32_t source(std::string const& file, std::string const& dataset) {
    auto const [at, fresh] = known.try_emplace({file, dataset}, static_cast<std::uint32_t>(result.sources.size()));
    if (fresh) result.sources.push_back({file, dataset});
    return at->second;
  }
};

void add_plain(collector& all, mapping const& m, frame_selection const& to, frame_selection const& from,
               std::uint64_t frames) {
  bool ignored = false;
  auto const source = all.source(name_of_block(m.file, 0, ignored), name_of_block(m.dataset, 0, ignored));
  for (hsize_t k = 0;; ++k) {
    auto const frame = to.at(k);
    auto const source_frame = from.at(k);
    if (!frame || !source_frame || *frame >= frames) return;
    all.result.pieces.push_back({*frame, source, *source_frame});
  }
}

/// Every block of the virtual dataset has a source of its own, with the block's number in its name.
void add_numbered(collector& all, mapping const& m, frame_selection const& to, frame_selection const& from,
                  std::uint64_t frames) {
  bool ignored = false;
  for (hsize_t block = 0; to.block > 0; ++block) {
    auto const first = to.at(block * to.block);
    if (!first || *first >= frames) return;
    auto const source = all.source(name_of_block(m.file, block, ignored), name_of_block(m.dataset, block, ignored));
    for (hsize_t k = 0; k < to.block && *first + k < frames; ++k)
      if (auto const source_frame = from.at(k)) all.result.pieces.push_back({*first + k, source, *source_frame});
  }
}

using coordinates_of_source = std::array<hsize_t, H5S_MAX_RANK>;

/// The extent that a source must have for its frames to be those of the virtual dataset, where it cannot be asked.
std::vector<hsize_t> supposed_extent(mapping const& m, frame_format const& format) {
  constexpr hsize_t unknown = hsize_t(1) << 62;
  bool const selects = H5Sget_select_type(m.source_space.id()) == H5S_SEL_HYPERSLABS;
  auto const rank =
      selects ? static_cast<std::size_t>(std::max(H5Sget_simple_extent_ndims(m.source_space.id()), 2)) : 3;
  std::vector<hsize_t> extent(rank, unknown);
  coordinates_of_source low{}, high{};
  if (rank > 3 && H5Sget_select_bounds(m.source_space.id(), low.data(), high.data()) >= 0)
    for (std::size_t d = 0; d < rank; ++d) extent[d] = high[d] + 1;
  extent[rank - 2] = static_cast<hsize_t>(format.rows);
  extent[rank - 1] = static_cast<hsize_t>(format.columns);
  return extent;
}

void add(collector& all, mapping const& m, virtual_shape const& shape, source_extent const& ask) {
  constexpr std::size_t most_pieces = 400'000'000;
  if (H5Sget_select_type(m.virtual_space.id()) == H5S_SEL_NONE) return;
  bool numbered = false;
  virtual_source const source{name_of_block(m.file, 0, numbered), name_of_block(m.dataset, 0, numbered)};
  auto source_shape = numbered ? std::vector<hsize_t>() : ask(source);
  if (source_shape.empty()) source_shape = supposed_extent(m, shape.format);
  auto extent = shape.lead;
  extent.insert(extent.end(), {static_cast<hsize_t>(shape.format.rows), static_cast<hsize_t>(shape.format.columns)});
  auto const to = selection_of(m.virtual_space.id(), extent, shape.frames);
  auto const from = selection_of(m.source_space.id(), source_shape, shape.frames);
  bool const whole = to && from && to->whole && from->whole &&
                     source_shape[source_shape.size() - 2] == extent[extent.size() - 2] &&
                     source_shape[source_shape.size() - 1] == extent[extent.size() - 1];
  if (!whole) all.result.whole = false;
  bool const parts = to && from && (whole || shape.lead.empty() || to->unlimited() || to->frames() == from->frames());
  if (!parts || all.result.pieces.size() > most_pieces) {
    all.result.whole = false;
    all.result.unclear.push_back(all.source(source.file, source.dataset));
  } else if (numbered && to->unlimited() && !from->unlimited()) {
    add_numbered(all, m, *to, *from, shape.frames);
  } else {
    add_plain(all, m, *to, *from, shape.frames);
  }
}

}  // namespace

bool virtual_mapping::numbered() const {
  bool numbered = false;
  name_of_block(file, 0, numbered);
  name_of_block(dataset, 0, numbered);
  return numbered;
}

std::string virtual_mapping::plain_file() const {
  bool ignored = false;
  return name_of_block(file, 0, ignored);
}

std::string virtual_mapping::plain_dataset() const {
  bool ignored = false;
  return name_of_block(dataset, 0, ignored);
}

void for_each_mapping(hid_t properties, std::string const& where,
                      std::function<void(virtual_mapping const&)> const& visit) {
  std::size_t count = 0;
  need(H5Pget_virtual_count(properties, &count), where + " has mappings that cannot be read");
  for (std::size_t i = 0; i < count; ++i) visit(mapping_at(properties, i, where));
}

virtual_frames frames_of_virtual(hid_t dataset, virtual_shape const& shape, source_extent const& ask,
                                 std::string const& where) {
  handle const properties = need(H5Dget_create_plist(dataset), H5Pclose, where + " has no properties");
  collector all;
  for_each_mapping(properties.id(), where, [&](virtual_mapping const& m) { add(all, m, shape, ask); });
  return std::move(all.result);
}

std::vector<virtual_source> sources_of_virtual(hid_t dataset, std::string const& where) {
  handle const properties = need(H5Dget_create_plist(dataset), H5Pclose, where + " has no properties");
  if (H5Pget_layout(properties.id()) != H5D_VIRTUAL) return {};
  std::set<std::pair<std::string, std::string>> seen;
  std::vector<virtual_source> sources;
  for_each_mapping(properties.id(), where, [&](virtual_mapping const& m) {
    if (m.numbered() || !seen.emplace(m.file, m.dataset).second) return;
    sources.push_back({m.plain_file(), m.plain_dataset()});
  });
  return sources;
}

}  // namespace xrdct::hdf5
