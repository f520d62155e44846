#include "xrdct/base/pack.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace {

struct inner {
  std::string name;
  std::vector<double> values;
  void fields(auto& archive) { archive(name, values); }
  bool operator==(inner const&) const = default;
};

struct outer {
  std::int32_t number = 0;
  std::vector<inner> parts;
  std::vector<std::string> words;
  bool flag = false;
  void fields(auto& archive) { archive(number, parts, words, flag); }
  bool operator==(outer const&) const = default;
};

outer example() {
  double const inf = std::numeric_limits<double>::infinity();
  return {-7, {{"first", {1.5, -inf}}, {"", {}}, {std::string("a\0b", 3), {0.0}}}, {"x", "", "yz"}, true};
}

std::vector<std::byte> packed(outer const& value) {
  xrdct::packer pack;
  pack(value);
  return pack.take();
}

TEST(pack, gives_back_what_it_was_given) {
  auto const bytes = packed(example());
  outer copy;
  xrdct::unpacker unpack(bytes);
  unpack(copy);
  EXPECT_EQ(copy, example());
}

TEST(pack, large_vectors_go_apart) {
  outer value = example();
  value.parts[0].values.assign(1000, 2.5);
  value.parts[2].values.assign(999, -1.0);
  xrdct::packer pack(7992);
  pack(value);
  auto const bytes = pack.take();
  EXPECT_LT(bytes.size(), 300U);
  outer copy;
  xrdct::unpacker unpack(bytes);
  unpack(copy);
  ASSERT_EQ(unpack.apart().size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    ASSERT_EQ(unpack.apart()[i].size(), pack.apart()[i].size());
    std::copy(pack.apart()[i].begin(), pack.apart()[i].end(), unpack.apart()[i].begin());
  }
  EXPECT_EQ(copy, value);
}

TEST(pack, several_values_come_back_in_order) {
  xrdct::packer pack;
  pack(std::uint64_t{5}, std::string("five"), 5.0F);
  auto const bytes = pack.take();
  std::uint64_t number = 0;
  std::string text;
  float real = 0;
  xrdct::unpacker{bytes}(number, text, real);
  EXPECT_EQ(number, 5U);
  EXPECT_EQ(text, "five");
  EXPECT_EQ(real, 5.0F);
}

TEST(pack, a_message_that_ends_early_is_refused_at_every_length) {
  auto const whole = packed(example());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    std::vector<std::byte> const part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    outer copy;
    EXPECT_THROW(xrdct::unpacker{part}(copy), xrdct::runtime_failure) << length << " of " << whole.size();
  }
}

TEST(pack, a_length_beyond_the_message_allocates_nothing) {
  xrdct::packer pack;
  pack(std::numeric_limits<std::uint64_t>::max());
  auto const bytes = pack.take();
  std::vector<double> values;
  EXPECT_THROW(xrdct::unpacker{bytes}(values), xrdct::runtime_failure);
}

}  // namespace
