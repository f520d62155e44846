#pragma once
/// \file The names of very many files in little memory.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace xrdct {

/// Names in the order in which they are added. Neighbours of a series share most of their letters: in each block of 32
/// names only the first is stored whole, the others as the number of letters that they have in common with the one
/// before, and the rest (front coding: Witten, Moffat & Bell, Managing Gigabytes, 4.1). A name of a series takes about
/// 10 bytes, so that the list of a million files can be sent to every rank.
class file_list {
 public:
  void add(std::string_view name);
  void append(file_list const& others);
  std::uint64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  /// Throws std::out_of_range.
  std::string operator[](std::uint64_t index) const;
  /// How much memory the names take.
  std::uint64_t bytes() const { return coded_.size() + starts_.size() * sizeof(std::uint64_t); }

  void fields(auto& archive) { archive(size_, last_, starts_, coded_); }

 private:
  std::uint64_t size_ = 0;
  std::string last_;
  std::vector<std::uint64_t> starts_;  ///< of blocks in coded_
  std::vector<char> coded_;            ///< of each name: letters in common, letters of the rest (both LEB128), the rest
};

}  // namespace xrdct
