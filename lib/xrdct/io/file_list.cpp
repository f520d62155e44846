#include "xrdct/io/file_list.hpp"

#include <algorithm>
#include <stdexcept>

namespace xrdct {
namespace {

constexpr std::uint64_t names_a_block = 32;

/// LEB128: seven bits a byte, the lowest first; the top bit says that more follow.
void put_number(std::vector<char>& to, std::size_t number) {
  for (; number >= 128; number >>= 7U) to.push_back(static_cast<char>((number & 127U) | 128U));
  to.push_back(static_cast<char>(number));
}

std::size_t take_number(char const*& from) {
  std::size_t number = 0;
  for (unsigned shift = 0;; shift += 7) {
    auto const byte = static_cast<unsigned char>(*from++);
    number |= static_cast<std::size_t>(byte & 127U) << shift;
    if ((byte & 128U) == 0) return number;
  }
}

}  // namespace

void file_list::add(std::string_view name) {
  std::size_t common = 0;
  if (size_ % names_a_block == 0)
    starts_.push_back(coded_.size());
  else
    common = static_cast<std::size_t>(std::mismatch(name.begin(), name.end(), last_.begin(), last_.end()).first -
                                      name.begin());
  put_number(coded_, common);
  put_number(coded_, name.size() - common);
  coded_.insert(coded_.end(), name.begin() + static_cast<std::ptrdiff_t>(common), name.end());
  last_ = name;
  ++size_;
}

void file_list::append(file_list const& others) {
  for (std::uint64_t i = 0; i < others.size(); ++i) add(others[i]);
}

std::string file_list::operator[](std::uint64_t index) const {
  if (index >= size_) throw std::out_of_range("no such file in the list");
  std::string name;
  char const* from = coded_.data() + starts_[index / names_a_block];
  for (std::uint64_t i = 0; i <= index % names_a_block; ++i) {
    name.resize(take_number(from));
    auto const rest = take_number(from);
    name.append(from, rest);
    from += rest;
  }
  return name;
}

}  // namespace xrdct
