#include "xrdct/beamline/detector_description.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/beamline/detector_reader.hpp"
#include "xrdct/beamline/quantity.hpp"
#include "xrdct/io/hdf5_text.hpp"
#include "xrdct/io/number_dataset.hpp"
#include "xrdct/io/pixel_image.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <set>

namespace xrdct {
namespace {

/// Where a detector of one module among others says that it is (DESY Lambda); empty where it does not.
std::string place_of_module(detector_reader const& from) {
  constexpr char const* name = "translation/distance";
  auto const extent = from.extent(name);
  if (!extent || hdf5::product(*extent) != 3) return "";
  std::string text;
  for (double const v : from.numbers(name)) {
    std::array<char, 32> number{};
    std::snprintf(number.data(), number.size(), "%.6g", v);
    text += (text.empty() ? "(" : ", ") + std::string(number.data());
  }
  return text + ")";
}

/// Fills in a description from one group.
class describer {
 public:
  describer(hdf5::file_cache& files, group_place const& place, frame_stack const& stack, detector_description& into)
      : files_(files), from_(files, place), format_(stack.format), dataset_(stack.name), into_(into) {}

  void describe() {
    into_.source = from_.where("");
    for (char const* name : {"description", "detector_information/model", "local_name", "model", "type"})
      if (into_.name.empty()) into_.name = from_.text(name);
    take_masks();
    take_flat();
    take_limits();
    take_geometry();
    into_.wavelength = wavelength();
    into_.module = place_of_module(from_);
    into_.count_time = from_.positive({"count_time", "acquisition/exposure_time"}, seconds_in, 1);
  }

 private:
  hsize_t rows() const { return static_cast<hsize_t>(format_.rows); }
  hsize_t columns() const { return static_cast<hsize_t>(format_.columns); }

  /// Whether there is an image of the frames' shape, or several of them.
  bool fits(std::string const& name) {
    auto const extent = from_.extent(name);
    if (!extent) return false;
    constexpr std::uint64_t most_pixels = std::uint64_t(1) << 28;
    bool const fit = hdf5::product(*extent) <= most_pixels && (extent->size() == 2 || extent->size() == 3) &&
                     extent->back() == columns() && (*extent)[extent->size() - 2] == rows() &&
                     hdf5::product(*extent) > 0;
    if (!fit && hdf5::product(*extent) > 1)
      into_.oddities.push_back(from_.where(name) + " is " + hdf5::text_of(*extent) + ", but frames are [" +
                               std::to_string(rows()) + "][" + std::to_string(columns()) + "]: it is not used");
    return fit;
  }

  /// The values of an image, or of several one after the other.
  std::vector<double> images(std::string const& name) const {
    hdf5::number_dataset const dataset(files_, from_.place().file, from_.place().path + "/" + name);
    std::vector<double> values(hdf5::product(dataset.extent()));
    dataset.read_all(values.data());
    return values;
  }

  /// Channels have masks of their own, and so has what detectors say of themselves; that of the group goes first.
  std::vector<std::string> places_of_masks() const {
    std::vector<std::string> places{""};
    std::vector<std::string> channels;
    for (auto const& name : from_.names())
      if (name.ends_with("_channel")) channels.push_back(name + "/");
    // A channel in the name of the frames is theirs; frames of any channel are spared by none of the masks else.
    auto const own = std::find_if(channels.begin(), channels.end(), [&](std::string const& name) {
      return dataset_.find(name.substr(0, name.size() - std::string("_channel/").size())) != std::string::npos;
    });
    if (own != channels.end()) channels = {*own};
    places.insert(places.end(), channels.begin(), channels.end());
    places.emplace_back("detectorSpecific/");
    return places;
  }

  void take_masks() {
    bool of_channel = false;
    for (auto const& place : places_of_masks()) {
      bool const is_channel = place.ends_with("_channel/");
      if (!into_.mask.empty() && !(is_channel && of_channel)) return;
      for (auto const& name : from_.names(place))
        if (names_mask_of_bits(name)) take_mask(place + name);
      of_channel = is_channel && !into_.mask.empty();
    }
  }

  void take_mask(std::string const& name) {
    if (!fits(name)) return;
    auto const values = images(name);
    into_.mask.resize(format_.pixels());
    for (std::size_t i = 0; i < values.size(); ++i)
      if (bits_exclude(values[i])) into_.mask[i % format_.pixels()] = 1;
    into_.mask_names.push_back(name);
  }

  void take_flat() {
    for (auto const& place : places_of_masks()) {
      auto const name = place + "flatfield";
      if (!from_.has(name) || !fits(name)) continue;
      auto const values = images(name);
      if (values.size() != format_.pixels()) {
        into_.oddities.push_back(from_.where(name) + " is a stack of flat fields: it is not used");
        continue;
      }
      auto const applied = place + "flatfield_applied";
      into_.flat_name = name;
      into_.flat_applied = from_
                               .flag({applied.c_str(), "flatfield_applied", "flatfield_correction_applied",
                                      "detectorSpecific/flatfield_correction_applied"})
                               .value_or(false);
      if (!into_.flat_applied) into_.flat.assign(values.begin(), values.end());
      return;
    }
  }

  void limit_above(double value, std::string const& name) {
    if (into_.highest && *into_.highest <= value) return;
    into_.highest = value;
    into_.highest_name = name;
  }

  /// NXmx: data are invalid above saturation_value and below underload_value. DECTRIS: the cut-off is the largest count
  /// that a correction for the rate gives, and the maximum of the depth of images marks pixels without a measurement.
  void take_limits() {
    bool const whole = format_.type != pixel_type::f32;
    for (char const* name : {"saturation_value", "countrate_correction_count_cutoff",
                             "detectorSpecific/countrate_correction_count_cutoff", "detectorSpecific/saturation_value"})
      if (auto const value = from_.number(name); value && *value > 0) limit_above(*value, name);
    for (char const* name : {"bit_depth_image", "detectorSpecific/bit_depth_image"}) {
      auto const bits = from_.number(name);
      auto const stored = 8 * static_cast<int>(bytes_of(format_.type));
      if (!whole || !bits || *bits < 4 || *bits >= stored || *bits != std::floor(*bits)) continue;
      limit_above(std::exp2(*bits) - 2, name);
    }
    if (auto const value = from_.number("underload_value")) {
      into_.lowest = value;
      into_.lowest_name = "underload_value";
    }
  }

  void take_geometry() {
    into_.pixel1 = from_.positive({"y_pixel_size", "detector_information/pixel_size/ysize"}, metres_in, 1);
    into_.pixel2 = from_.positive({"x_pixel_size", "detector_information/pixel_size/xsize"}, metres_in, 1);
    into_.distance = from_.positive({"detector_distance", "distance"}, metres_in, 1);
    into_.centre1 = centre("beam_center_y", into_.pixel1);
    into_.centre2 = centre("beam_center_x", into_.pixel2);
    into_.turned = turned();
  }

  /// In pixels, where no length is stated.
  std::optional<double> centre(std::string const& name, std::optional<double> pixel) const {
    auto const value = from_.number(name);
    if (!value) return {};
    if (auto const metres = metres_in(from_.unit(name))) return *value * *metres;
    return pixel ? std::optional(*value * *pixel) : std::nullopt;
  }

  /// A rotation among the steps of its place, or pixels that do not run along the axes, have no place in what is made
  /// of the rest.
  std::string turned() const {
    for (std::string const group : {"transformations", ""})
      for (auto const& name : from_.names(group)) {
        auto const path = group.empty() ? name : group + "/" + name;
        if (attribute(path, "transformation_type") != "rotation") continue;
        auto const angle = from_.number(path);
        if (!angle || std::abs(*angle) > 1e-3) return path;
      }
    for (char const* name : {"polar_angle", "two_theta", "tilt_angle"})
      if (auto const angle = from_.number(name); angle && std::abs(*angle) > 1e-3) return name;
    return turned_module();
  }

  std::string turned_module() const {
    for (auto const& name : from_.names())
      for (char const* direction : {"fast_pixel_direction", "slow_pixel_direction"}) {
        auto const path = name + "/" + direction;
        if (!from_.extent(path)) continue;
        auto const along = direction_of(path);
        std::size_t const axis = direction[0] == 'f' ? 0 : 1;
        if (along.size() == 3 && !(std::abs(along[axis]) > 1 - 1e-6)) return path;
      }
    return "";
  }

  std::string attribute(std::string const& name, char const* attribute) const {
    auto const object = hdf5::find_object(files_, from_.place().file, from_.place().path + "/" + name);
    return object ? hdf5::text_attribute(object.file->file.id(), object.path, attribute) : "";
  }

  /// The unit vector that a step goes along.
  std::vector<double> direction_of(std::string const& name) const {
    auto const object = hdf5::find_object(files_, from_.place().file, from_.place().path + "/" + name);
    if (!object) return {};
    hdf5::handle const attribute(
        H5Aopen_by_name(object.file->file.id(), object.path.c_str(), "vector", H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    if (!attribute) return {};
    hdf5::handle const space(H5Aget_space(attribute.id()), H5Sclose);
    hdf5::handle const type(H5Aget_type(attribute.id()), H5Tclose);
    auto const kind = H5Tget_class(type.id());
    std::vector<double> vector(3);
    if (H5Sget_simple_extent_npoints(space.id()) != 3 || (kind != H5T_FLOAT && kind != H5T_INTEGER) ||
        H5Aread(attribute.id(), H5T_NATIVE_DOUBLE, vector.data()) < 0)
      return {};
    double const length = std::hypot(vector[0], vector[1], vector[2]);
    for (auto& v : vector) v /= length;
    return vector;
  }

  /// In the groups around the detector: of the beam, of what made it, or of the detector itself.
  std::optional<double> wavelength() const {
    std::string path = from_.place().path;
    for (int up = 0; up < 3; ++up) {
      detector_reader const at(files_, {from_.place().file, path});
      if (auto const found = at.positive({"incident_wavelength", "beam/incident_wavelength", "wavelength",
                                          "monochromator/wavelength", "sample/beam/incident_wavelength"},
                                         metres_in, 1e-10))
        return found;
      if (auto const energy =
              at.positive({"photon_energy", "detectorSpecific/photon_energy", "incident_energy", "beam/incident_energy",
                           "monochromator/energy", "sample/beam/incident_energy"},
                          electronvolts_in, 1))
        return electronvolt_metres / *energy;
      auto const slash = path.find_last_of('/');
      if (slash == path.npos) return {};
      path.resize(slash);
    }
    return {};
  }

  hdf5::file_cache& files_;
  detector_reader from_;
  frame_format const& format_;
  std::string dataset_;
  detector_description& into_;
};

}  // namespace

void refuse_modules_in_a_row(frame_stack const& stack) {
  constexpr std::size_t most = 32;
  hdf5::file_cache files;
  std::string first, first_place;
  std::set<std::string> seen;
  for (auto const& segment : stack.segments) {
    if (!segment.present || segment.image || !seen.insert(segment.file).second) continue;
    if (seen.size() > most) return;
    auto const group = find_detector(files, segment.file, segment.dataset, stack.format.rows, stack.format.columns);
    auto const place = group ? place_of_module(detector_reader(files, *group)) : "";
    if (seen.size() == 1) {
      first = segment.file;
      first_place = place;
    } else if (!place.empty() && place != first_place) {
      throw input_error("'" + first + "' and '" + segment.file + "' hold modules of a detector, at " + first_place +
                        " and " + place + ", not frames one after the other: give one --poni for each file");
    }
  }
}

detector_description describe_detector(frame_stack const& stack) {
  detector_description made;
  if (stack.of_images()) return made;
  hdf5::file_cache files;
  std::vector<group_place> places;
  if (!stack.parts.empty()) places.push_back({stack.parts.front().file, stack.parts.front().dataset});
  auto const first =
      std::find_if(stack.segments.begin(), stack.segments.end(), [](frame_segment const& s) { return s.present; });
  if (first != stack.segments.end()) places.push_back({first->file, first->dataset});
  for (auto const& [file, dataset] : places) {
    auto const group = find_detector(files, file, dataset, stack.format.rows, stack.format.columns);
    if (!group) continue;
    describer(files, *group, stack, made).describe();
    return made;
  }
  return made;
}

}  // namespace xrdct
