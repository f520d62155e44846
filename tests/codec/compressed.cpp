// Image files compressed as a whole by gzip or bzip2, and files that lie about it.

#include "tests/codec/image_file_fixture.hpp"
#include "tests/support/image_files.hpp"
#include "xrdct/codec/decompress.hpp"
#include "xrdct/codec/image_reader.hpp"
#include "xrdct/codec/image_source.hpp"

#include <algorithm>
#include <cstring>
#include <random>
#include <span>

namespace xrdct {
namespace {

using testing::HasSubstr;

std::string random_text(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string text(size, '\0');
  for (auto& c : text) c = static_cast<char>(random() % 7 == 0 ? random() % 256 : 'a');
  return text;
}

/// In pieces as small as `step`, as pipes and networks deliver them.
struct outcome {
  decompression ended;
  std::string text;
  bool operator==(outcome const&) const = default;
};

outcome unpacked(std::string const& packed, std::uint64_t limit = 1U << 30U, std::size_t step = 1U << 20U) {
  auto const how = compression_of(std::as_bytes(std::span(packed)));
  std::size_t at = 0;
  auto const supply = [&](std::span<std::byte> to) {
    auto const n = std::min({to.size(), step, packed.size() - at});
    std::memcpy(to.data(), packed.data() + at, n);
    at += n;
    return n;
  };
  std::vector<std::byte> bytes;
  auto const ended = decompress(how, supply, limit, bytes);
  return {ended, {reinterpret_cast<char const*>(bytes.data()), bytes.size()}};
}

class packed : public testing::TestWithParam<std::string (*)(std::string const&)> {};

TEST_P(packed, bytes_come_back) {
  for (std::size_t const size : {0, 1, 2, 511, 65536, 131072, 131073, 1'000'003}) {
    auto const text = random_text(size, static_cast<unsigned>(size));
    auto const small = GetParam()(text);
    EXPECT_EQ(unpacked(small), (outcome{decompression::whole, text})) << size;
    if (size > 100'000) continue;
    EXPECT_EQ(unpacked(small, 1U << 20U, 1), (outcome{decompression::whole, text})) << size;
  }
}

TEST_P(packed, members_follow_one_another) {
  auto const a = random_text(300'000, 1);
  auto const b = random_text(7, 2);
  auto const joined = GetParam()(a) + GetParam()(b) + GetParam()("") + GetParam()(a);
  EXPECT_EQ(unpacked(joined), (outcome{decompression::whole, a + b + a}));
  EXPECT_EQ(unpacked(joined, 1U << 30U, 3), (outcome{decompression::whole, a + b + a}));
  // What is no member is left alone.
  EXPECT_EQ(unpacked(GetParam()(a) + std::string(1000, '\0')), (outcome{decompression::whole, a}));
  EXPECT_EQ(unpacked(GetParam()(a) + "\x1f"), (outcome{decompression::whole, a}));
}

TEST_P(packed, stops_at_the_limit) {
  auto const zeros = GetParam()(std::string(50'000'000, '\0'));
  EXPECT_LT(zeros.size(), 100'000U);
  auto const cut = unpacked(zeros, 1000);
  EXPECT_EQ(cut.ended, decompression::cut);
  EXPECT_EQ(cut.text.size(), 1000U);
  auto const many = unpacked(zeros + zeros + zeros, 60'000'000);
  EXPECT_EQ(many.ended, decompression::cut);
  EXPECT_EQ(many.text.size(), 60'000'000U);
}

TEST_P(packed, knows_broken_bytes) {
  auto const text = random_text(40'000, 3);
  auto const small = GetParam()(text);
  for (std::size_t cut : {std::size_t{10}, std::size_t{11}, small.size() / 2, small.size() - 5, small.size() - 1})
    EXPECT_EQ(unpacked(small.substr(0, cut)).ended, decompression::truncated) << cut;
  std::mt19937 random(9);
  int wrong = 0;
  for (int i = 0; i < 300; ++i) {
    auto broken = small;
    broken[10 + random() % (small.size() - 10)] ^= static_cast<char>(1U << random() % 8);
    auto const result = unpacked(broken);
    if (result.ended == decompression::whole && result.text != text) ++wrong;
  }
  EXPECT_EQ(wrong, 0);  // checksums see to it
}

INSTANTIATE_TEST_SUITE_P(gzip, packed, testing::Values(&test::gzip));
INSTANTIATE_TEST_SUITE_P(bzip2, packed, testing::Values(&test::bzip2));

TEST(compression_of, looks_at_the_bytes) {
  auto const of = [](std::string const& text) { return compression_of(std::as_bytes(std::span(text))); };
  EXPECT_EQ(of(test::gzip("x")), file_compression::gzip);
  EXPECT_EQ(of(test::bzip2("x")), file_compression::bzip2);
  EXPECT_EQ(of(test::bzip2("")), file_compression::bzip2);
  for (std::string const text : {"", "\x1f", "\x1f\x8b", "BZh9", "BZh0\x31\x41\x59\x26\x53\x59", "###CBF: VER"})
    EXPECT_EQ(of(text), file_compression::none) << text;
}

class compressed_image : public test::image_file {
 protected:
  static test::made_image some(int rows, int columns) {
    test::made_image made{rows, columns, {}};
    std::mt19937 random(7);
    for (int i = 0; i < rows * columns; ++i) made.values.push_back(static_cast<std::int64_t>(random() % 70'000) - 2);
    return made;
  }
};

TEST_F(compressed_image, of_every_format_is_what_it_was) {
  auto const image = some(37, 61);
  std::vector<double> const expected(image.values.begin(), image.values.end());
  std::vector<std::string> plain;
  for (int i = 0; i < 4; ++i) plain.push_back(path());
  test::write_cbf(plain[0], image);
  test::append_edf(plain[1], image, ">i4");
  test::append_tiff_i32(plain[2], image);
  test::write_npy(plain[3], image, "<i4");
  for (auto const& file : plain)
    for (auto* const pack : {&test::gzip, &test::bzip2}) {
      auto const packed = write(pack(test::bytes_of_file(file)));
      EXPECT_TRUE(is_image_file(packed));
      EXPECT_EQ(read_image_file(packed).values, expected);
      EXPECT_TRUE(open_images(packed)->is_compressed());
      EXPECT_FALSE(open_images(file)->is_compressed());
    }
}

TEST_F(compressed_image, of_several_pages) {
  auto const tiff = path();
  auto const edf = path();
  for (int i = 0; i < 3; ++i) {
    auto image = some(5, 9);
    image.values[0] = i;
    test::append_tiff_i32(tiff, image);
    test::append_edf(edf, image, "<i4");
  }
  for (auto const& file : {tiff, edf}) {
    auto const images = open_images(write(test::gzip(test::bytes_of_file(file))));
    ASSERT_EQ(images->count(), 3);
    for (int i = 2; i >= 0; --i) EXPECT_EQ(images->read(static_cast<std::uint64_t>(i)).values[0], i);
  }
}

TEST_F(compressed_image, that_lies_is_refused) {
  EXPECT_THAT(complaint(test::gzip("no image at all")), HasSubstr("its format is unknown"));
  EXPECT_FALSE(is_image_file(write(test::gzip("no image at all"))));
  auto const file = path();
  test::write_cbf(file, some(50, 50));
  auto const packed = test::gzip(test::bytes_of_file(file));
  EXPECT_THAT(complaint(packed.substr(0, packed.size() / 2)), HasSubstr("the gzip file ends early"));
  auto broken = packed;
  broken[packed.size() - 6] ^= 1;  // its checksum
  EXPECT_THAT(complaint(broken), HasSubstr("the gzip file is corrupt"));
  EXPECT_THAT(complaint("BZh91AY&SY" + std::string(30, 'x')), HasSubstr("the bzip2 file is corrupt"));
  EXPECT_THROW(open_images(write(packed), 1000), image_error);
  EXPECT_NO_THROW(open_images(write(packed), 1U << 20U));
}

}  // namespace
}  // namespace xrdct
