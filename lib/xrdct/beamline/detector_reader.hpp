#pragma once
/// \file Single values and images of a detector's group, with their units.

#include "xrdct/beamline/detector_group.hpp"

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xrdct {

/// Reads members of a group. What is absent is nothing; what is there and cannot be read throws input_error.
class detector_reader {
 public:
  detector_reader(hdf5::file_cache& files, group_place place) : files_(files), place_(std::move(place)) {}

  group_place const& place() const { return place_; }
  /// "FILE::/path", as messages say it.
  std::string where(std::string const& name) const;
  bool has(std::string const& name) const;
  /// Names of the members of a group; empty where it is none.
  std::vector<std::string> names(std::string const& group = "") const;
  /// The extent of a dataset; nothing where there is none.
  std::optional<std::vector<hsize_t>> extent(std::string const& name) const;

  /// A number: a dataset of one value, or of equal ones; text that is one. Not finite: nothing.
  std::optional<double> number(std::string const& name) const;
  /// All values of a dataset; empty where it holds no numbers.
  std::vector<double> numbers(std::string const& name) const;
  /// The first of these that there is; `found` becomes its name.
  std::optional<double> number(std::initializer_list<char const*> names, std::string* found = nullptr) const;
  std::string text(std::string const& name) const;
  /// 1, true, yes. Nothing where it is none of these, nor of their opposites.
  std::optional<bool> flag(std::initializer_list<char const*> names) const;
  std::string unit(std::string const& name) const;

  /// A positive number in the unit that it states, by `scale`, or in `usual` ones where it states none.
  using unit_scale = std::optional<double> (*)(std::string_view);
  std::optional<double> positive(std::initializer_list<char const*> names, unit_scale scale, double usual) const;

 private:
  hdf5::found_object find(std::string const& name) const;

  hdf5::file_cache& files_;
  group_place place_;
};

}  // namespace xrdct
