#pragma once
/// \file Small things that are done to text in many places.

#include <cstddef>
#include <string>
#include <string_view>

namespace xrdct {

/// Without blanks, line ends and zero bytes at both ends. A part of `text`, which must outlive it.
std::string_view trimmed(std::string_view text);

/// ASCII letters in lower case, the rest as it is.
std::string lower(std::string_view text);

/// Text that quotes files, whose bytes may be made up: what would begin another line, or make a terminal do something,
/// is shown as '?'.
std::string printable(std::string_view text);

/// How many slips of a finger lie between two words: insertions, removals, replacements, and swaps of neighbours
/// (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace xrdct
