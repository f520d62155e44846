#pragma once
/// \file Options whose values are names.

#include "xrdct/base/error.hpp"

#include <string>
#include <string_view>

namespace xrdct {

template <class Value>
struct named {
  std::string_view name;
  Value value;
};

/// The value of a name. Throws usage_error that lists the names.
template <class Value, std::size_t n>
Value parse_name(std::string const& option, std::string_view name, named<Value> const (&all)[n]) {
  std::string known;
  for (auto const& one : all) {
    if (one.name == name) return one.value;
    known += (known.empty() ? "" : ", ") + std::string(one.name);
  }
  throw usage_error("--" + option + " has no value '" + std::string(name) + "': take one of " + known);
}

template <class Value, std::size_t n>
constexpr std::string_view name_in(Value value, named<Value> const (&all)[n]) {
  for (auto const& one : all) {
    if (one.value == value) return one.name;
  }
  return "?";
}

}  // namespace xrdct
