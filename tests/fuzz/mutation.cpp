#include "tests/fuzz/mutation.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace xrdct::fuzz {
namespace {

std::size_t below(std::size_t count, std::mt19937_64& random) { return count == 0 ? 0 : random() % count; }

/// A place in `of`, or its end.
bytes::difference_type place(bytes const& of, std::mt19937_64& random) {
  return static_cast<bytes::difference_type>(below(of.size() + 1, random));
}

/// Numbers at which something overflows, wraps or ends.
std::uint64_t odd_number(std::mt19937_64& random) {
  auto const near = random() % 5 - 2;
  switch (random() % 5) {
    case 0: return near;
    case 1: return (std::uint64_t{1} << random() % 64) + near;
    case 2: return random() % 300;
    case 3: return ~std::uint64_t{0} >> random() % 64;
    default: return random();
  }
}

void flip_bit(bytes& all, std::mt19937_64& random) {
  if (!all.empty()) all[below(all.size(), random)] ^= static_cast<std::uint8_t>(1U << random() % 8);
}

void replace_byte(bytes& all, std::mt19937_64& random) {
  if (!all.empty()) all[below(all.size(), random)] = static_cast<std::uint8_t>(odd_number(random));
}

/// 2, 4 or 8 bytes, in either order.
void replace_number(bytes& all, std::mt19937_64& random) {
  std::size_t const length = std::size_t{2} << random() % 3;
  if (all.size() < length) return;
  auto const at = below(all.size() - length + 1, random);
  auto const number = odd_number(random);
  bool const big_endian = random() % 2 == 0;
  for (std::size_t i = 0; i < length; ++i)
    all[at + (big_endian ? length - 1 - i : i)] = static_cast<std::uint8_t>(number >> 8 * i);
}

/// A number in digits, with all that belongs to it, by another.
void replace_digits(bytes& all, std::mt19937_64& random) {
  auto const is_part = [](std::uint8_t c) { return (c >= '0' && c <= '9') || c == '.' || c == 'e' || c == '-'; };
  auto const first = std::find_if(all.begin() + place(all, random), all.end(), is_part);
  auto const last = std::find_if_not(first, all.end(), is_part);
  if (first == last) return;
  static constexpr std::array<char const*, 10> odd{"",    "0",    "-1",    "1e400", "nan",
                                                   "inf", "1e-9", "1.5e7", "-0",    "18446744073709551616"};
  std::string const text = random() % 2 == 0 ? odd[random() % odd.size()] : std::to_string(odd_number(random));
  all.insert(all.erase(first, last), text.begin(), text.end());
}

void remove_piece(bytes& all, std::mt19937_64& random) {
  auto const [first, last] = std::minmax({place(all, random), place(all, random)});
  bool const to_the_end = random() % 4 == 0;
  auto const length = to_the_end ? last - first : std::min<bytes::difference_type>(last - first, 1 + random() % 16);
  all.erase(all.begin() + first, all.begin() + first + length);
}

/// A piece of `from` into `all`, between or over what is there.
void insert_piece(bytes& all, bytes const& from, std::mt19937_64& random) {
  auto const [first, last] = std::minmax({place(from, random), place(from, random)});
  bytes const piece(from.begin() + first, from.begin() + last);
  auto const at = all.begin() + place(all, random);
  if (random() % 2 == 0)
    all.insert(at, piece.begin(), piece.end());
  else
    std::copy_n(piece.begin(), std::min<bytes::difference_type>(last - first, all.end() - at), at);
}

}  // namespace

bytes mutated(bytes from, bytes const& other, std::size_t longest, std::mt19937_64& random) {
  auto changes = 1 + random() % 3;
  if (random() % 8 == 0) changes = 8;
  for (; changes > 0; --changes) {
    switch (random() % 8) {
      case 0: flip_bit(from, random); break;
      case 1: replace_byte(from, random); break;
      case 2:
      case 3: replace_number(from, random); break;
      case 4: replace_digits(from, random); break;
      case 5: remove_piece(from, random); break;
      case 6: insert_piece(from, bytes(from), random); break;
      default: insert_piece(from, other, random); break;
    }
  }
  if (from.size() > longest) from.resize(longest);
  return from;
}

}  // namespace xrdct::fuzz
