#pragma once
/// \file Sizes of very many files.

#include "xrdct/io/file_list.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace xrdct {

/// Of a file that does not exist, or whose folder does not.
constexpr std::uint64_t absent_file = UINT64_MAX;

/// The size of every file in bytes, or absent_file; 0 for one of which the system does not tell it. On a network each
/// question takes its time to travel, so that many are asked at once, whatever the number of cores.
std::vector<std::uint64_t> sizes_of(file_list const& files);

/// Calls work(i) once for every i < count, in any order, by as many threads as are useful for waiting on files. What
/// one call throws is thrown again after all threads have ended; calls that have not begun by then are left out.
void for_each_file(std::uint64_t count, std::function<void(std::uint64_t)> const& work);

}  // namespace xrdct
