// Shards that are whole, cut anywhere, and altered anywhere.
#include "xrdct/io/checkpoint_shard.hpp"

#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <random>

namespace xrdct {
namespace {

constexpr std::uint64_t longest = 1000;

struct kept {
  shard_record record;
  std::vector<std::byte> payload;
  std::uint64_t place = 0;
};

std::vector<std::byte> random_bytes(std::size_t size, unsigned seed) {
  std::mt19937 engine(seed);
  std::vector<std::byte> bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::byte>(engine());
  return bytes;
}

/// Payloads of odd sizes, one of them empty, in parts.
std::vector<kept> write_some(std::string const& path) {
  std::vector<kept> all;
  shard_writer writer(path, 0x1234567890ABCDEF);
  for (unsigned i = 0; i < 6; ++i) {
    auto const bytes = random_bytes(i * 37 % 101, i);
    auto const cut = bytes.size() / 3;
    std::array const parts{std::span(bytes).first(cut), std::span<std::byte const>(), std::span(bytes).subspan(cut)};
    writer.append(i, std::uint64_t{i} << 40U, parts);
    all.push_back({{0x1234567890ABCDEF, i, std::uint64_t{i} << 40U}, bytes});
  }
  writer.flush();
  return all;
}

std::vector<kept> read_all(shard_reader& reader) {
  std::vector<kept> all;
  std::vector<std::byte> payload;
  while (auto const record = reader.next(payload)) all.push_back({*record, payload, reader.place()});
  return all;
}

bool same(kept const& a, kept const& b) {
  return a.record.run == b.record.run && a.record.kind == b.record.kind && a.record.key == b.record.key &&
         a.payload == b.payload;
}

std::string content(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void rewrite(std::string const& path, std::string const& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

class checkpoint_shard : public ::testing::Test {
 protected:
  test::temporary_folder folder_;
  std::string path_ = (folder_.path() / "a.shard").string();
};

TEST_F(checkpoint_shard, gives_back_what_was_put_into_it) {
  auto const wanted = write_some(path_);
  shard_reader reader(path_, longest);
  auto const got = read_all(reader);
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_TRUE(same(got[i], wanted[i])) << i;
  EXPECT_EQ(reader.damaged(), 0U);
  EXPECT_EQ(reader.left_over(), 0U);
  std::vector<std::byte> payload;
  for (std::size_t i = got.size(); i-- > 0;) {
    auto const record = reader.at(got[i].place, payload);
    ASSERT_TRUE(record);
    EXPECT_TRUE(same({*record, payload}, wanted[i]));
    EXPECT_FALSE(reader.at(got[i].place + 1, payload));
  }
  EXPECT_FALSE(reader.at(1'000'000, payload));
  EXPECT_FALSE(reader.at(~std::uint64_t{0}, payload));
}

TEST_F(checkpoint_shard, that_is_cut_anywhere_loses_what_is_cut_and_no_more) {
  auto const wanted = write_some(path_);
  auto const whole = content(path_);
  std::vector<std::uint64_t> ends;
  {
    shard_reader reader(path_, longest);
    for (auto const& one : read_all(reader)) ends.push_back(one.place + 48 + one.payload.size());
  }
  ASSERT_EQ(ends.back(), whole.size());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    rewrite(path_, whole.substr(0, size));
    shard_reader reader(path_, longest);
    auto const got = read_all(reader);
    auto const good = static_cast<std::size_t>(std::ranges::count_if(ends, [&](auto end) { return end <= size; }));
    ASSERT_EQ(got.size(), good) << size;
    for (std::size_t i = 0; i < good; ++i) EXPECT_TRUE(same(got[i], wanted[i]));
    auto const left = size - (good > 0 ? ends[good - 1] : 0);
    EXPECT_EQ(reader.left_over(), left);
    EXPECT_EQ(reader.torn(), left > 0);
  }
}

TEST_F(checkpoint_shard, with_any_bit_altered_gives_no_wrong_record_and_says_that_it_is_damaged) {
  auto const wanted = write_some(path_);
  auto const whole = content(path_);
  for (std::size_t bit = 0; bit < 8 * whole.size(); bit += 3) {  // all places in a byte, in time
    auto altered = whole;
    altered[bit / 8] = static_cast<char>(static_cast<unsigned char>(altered[bit / 8]) ^ (1U << (bit % 8)));
    rewrite(path_, altered);
    shard_reader reader(path_, longest);
    auto const got = read_all(reader);
    ASSERT_LT(got.size(), wanted.size()) << bit;
    EXPECT_TRUE(reader.damaged() == 1 || (reader.left_over() > 0 && !reader.torn())) << bit;
    for (auto const& one : got) EXPECT_TRUE(same(one, wanted[one.record.kind])) << bit;
  }
}

TEST_F(checkpoint_shard, of_other_bytes_has_no_record) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    auto const bytes = random_bytes(seed * 19, seed);
    rewrite(path_, {reinterpret_cast<char const*>(bytes.data()), bytes.size()});
    shard_reader reader(path_, longest);
    EXPECT_TRUE(read_all(reader).empty());
    EXPECT_EQ(reader.left_over(), bytes.size());
  }
}

TEST_F(checkpoint_shard, passes_over_a_payload_that_is_too_long) {
  write_some(path_);
  shard_reader reader(path_, 60);
  auto const got = read_all(reader);
  EXPECT_EQ(got.size() + reader.damaged(), 6U);
  EXPECT_GT(reader.damaged(), 0U);
  for (auto const& one : got) EXPECT_LE(one.payload.size(), 60U);
}

TEST_F(checkpoint_shard, is_never_written_over) {
  write_some(path_);
  auto const before = content(path_);
  EXPECT_THROW(shard_writer(path_, 1), runtime_failure);
  EXPECT_EQ(content(path_), before);
}

TEST_F(checkpoint_shard, that_is_none_has_a_problem) {
  shard_reader absent((folder_.path() / "absent").string(), longest);
  shard_reader directory(folder_.path().string(), longest);
  std::vector<std::byte> payload;
  for (auto* reader : {&absent, &directory}) {
    EXPECT_FALSE(reader->problem().empty());
    EXPECT_FALSE(reader->next(payload));
    EXPECT_FALSE(reader->at(0, payload));
  }
}

}  // namespace
}  // namespace xrdct
