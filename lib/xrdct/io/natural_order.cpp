#include "xrdct/io/input_files.hpp"

#include <algorithm>

namespace xrdct {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The digits from `at` on, without zeros before them.
std::string_view number_at(std::string_view text, std::size_t at) {
  auto end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  while (at < end && text[at] == '0') ++at;
  return text.substr(at, end - at);
}

}  // namespace

bool natural_less(std::string_view a, std::string_view b) {
  auto const differ = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  auto const at = static_cast<std::size_t>(differ.first - a.begin());
  if (at == a.size() || at == b.size()) return a.size() < b.size();
  auto begin = at;  // of the number, if it is one, in which they differ: what is before is the same in both
  while (begin > 0 && is_digit(a[begin - 1])) --begin;
  if (!is_digit(a[begin]) || !is_digit(b[begin]))
    return static_cast<unsigned char>(a[at]) < static_cast<unsigned char>(b[at]);
  auto const x = number_at(a, begin);
  auto const y = number_at(b, begin);
  if (x.size() != y.size()) return x.size() < y.size();
  if (x != y) return x < y;
  // The same number with more zeros before it in one of them: what follows decides, and at last the zeros.
  auto const rest_a = a.substr(static_cast<std::size_t>(x.data() + x.size() - a.data()));
  auto const rest_b = b.substr(static_cast<std::size_t>(y.data() + y.size() - b.data()));
  return rest_a == rest_b ? a.size() < b.size() : natural_less(rest_a, rest_b);
}

}  // namespace xrdct
