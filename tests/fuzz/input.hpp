#pragma once
/// \file What targets have in common: numbers off the front of the bytes under test, and what a finding is.
///
/// A target is a function LLVMFuzzerTestOneInput() in a source file of its own. libFuzzer calls it with bytes that it
/// makes up by which way the code went (scripts/fuzz); driver.cpp, with all files of the target's corpus and with
/// mutations of them. It returns 0. A crash, a report of a sanitizer, an exception that leaves it, or a failed
/// require() is a finding.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

namespace xrdct::fuzz {

/// The bytes under test, of which the first few choose how the rest is to be read. Zero where they have ended.
class input {
 public:
  input(std::uint8_t const* data, std::size_t size) : left_(std::as_bytes(std::span(data, size))) {}

  std::uint8_t byte() {
    if (left_.empty()) return 0;
    auto const first = std::to_integer<std::uint8_t>(left_.front());
    left_ = left_.subspan(1);
    return first;
  }
  /// From 0 to `count` − 1, by one byte.
  std::size_t below(std::size_t count) { return byte() % count; }

  std::span<std::byte const> rest() const { return left_; }

 private:
  std::span<std::byte const> left_;
};

/// Ends the process with `what` where it does not hold.
void require(bool holds, std::string const& what);

/// A file of these bytes, in memory. There is one at a time.
class memory_file {
 public:
  explicit memory_file(std::span<std::byte const> bytes);
  memory_file(std::uint8_t const* data, std::size_t size) : memory_file(std::as_bytes(std::span(data, size))) {}
  std::string const& path() const;
};

}  // namespace xrdct::fuzz
