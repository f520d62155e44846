#include "xrdct/codec/cbf.hpp"

#include "tests/codec/image_file_fixture.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/codec/byte_offset.hpp"
#include "xrdct/codec/image.hpp"
#include "xrdct/codec/md5.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <numeric>
#include <random>

namespace xrdct {
namespace {

using testing::HasSubstr;
using bytes = std::vector<std::byte>;

/// The header entries of a CBF file, to be changed by tests, in the order of their names.
using entries = std::map<std::string, std::string>;

entries good_entries(std::size_t rows, std::size_t columns, std::string const& payload) {
  return {{"Content-Type", "application/octet-stream;\r\n     conversions=\"x-CBF_BYTE_OFFSET\""},
          {"Content-Transfer-Encoding", "BINARY"},
          {"Content-MD5", base64_md5(std::as_bytes(std::span(payload)))},
          {"X-Binary-Size", std::to_string(payload.size())},
          {"X-Binary-ID", "1"},
          {"X-Binary-Element-Type", "\"signed 32-bit integer\""},
          {"X-Binary-Element-Byte-Order", "LITTLE_ENDIAN"},
          {"X-Binary-Number-of-Elements", std::to_string(rows * columns)},
          {"X-Binary-Size-Fastest-Dimension", std::to_string(columns)},
          {"X-Binary-Size-Second-Dimension", std::to_string(rows)},
          {"X-Binary-Size-Padding", "7"}};
}

std::string cbf(entries const& all, std::string const& payload, std::string const& end_of_line = "\r\n") {
  std::string text =
      "###CBF: VERSION 1.5\r\n\r\ndata_test\r\n\r\n_array_data.header_convention \"PILATUS_1.2\"\r\n"
      "_array_data.header_contents\r\n;\r\n# Pixel_size: 172e-6 m\r\n;\r\n\r\n_array_data.data\r\n;\r\n"
      "--CIF-BINARY-FORMAT-SECTION--\r\n";
  for (auto const& [name, value] : all) text.append(name).append(": ").append(value).append("\r\n");
  text += "\r\n";
  if (end_of_line == "\n") std::erase(text, '\r');
  return text + "\x0c\x1a\x04\xd5" + payload + std::string(7, '\0') +
         "\r\n--CIF-BINARY-FORMAT-SECTION----\r\n;\r\n\r\n";
}

std::string payload_of(std::vector<std::int64_t> const& values) {
  bytes made;
  encode_byte_offset(values, made);
  return {reinterpret_cast<char const*>(made.data()), made.size()};
}

std::vector<std::int64_t> some_values(std::size_t count) {
  std::mt19937_64 random(21);
  std::vector<std::int64_t> values(count);
  for (auto& value : values)
    value = random() % 3 == 0 ? static_cast<std::int32_t>(random()) : static_cast<int>(random() % 90) - 2;
  return values;
}

class cbf_file : public test::image_file {
 protected:
  cbf_file() : values_(some_values(7 * 9)), payload_(payload_of(values_)) {}

  /// The complaint about a file of which one entry is changed; "" takes it away.
  std::string complaint_of(std::string const& name, std::string const& value) {
    entries changed = good();
    changed.erase(name);
    if (!value.empty()) changed[name] = value;
    return complaint(cbf(changed, payload_));
  }
  entries good() const { return good_entries(7, 9, payload_); }
  std::vector<double> expected() const { return {values_.begin(), values_.end()}; }

  std::vector<std::int64_t> values_;
  std::string payload_;
};

TEST_F(cbf_file, with_either_end_of_line) {
  for (char const* end : {"\r\n", "\n"}) {
    image const made = read(cbf(good(), payload_, end));
    EXPECT_EQ(made.rows, 7);
    EXPECT_EQ(made.columns, 9);
    EXPECT_EQ(made.values, expected());
  }
}

TEST_F(cbf_file, as_others_write_it) {
  entries other = good();
  other["Content-Type"] = "application/octet-stream; conversions=x-CBF_BYTE_OFFSET; charset=none";
  EXPECT_EQ(read(cbf(other, payload_)).values, expected());
  for (char const* name : {"Content-MD5", "X-Binary-ID", "X-Binary-Number-of-Elements", "X-Binary-Size-Padding",
                           "X-Binary-Element-Byte-Order", "Content-Transfer-Encoding", "X-Binary-Element-Type"})
    other.erase(name);
  EXPECT_EQ(read(cbf(other, payload_)).values, expected());
  entries lower_case;
  for (auto const& [name, value] : good()) {
    std::string small = name;
    std::transform(small.begin(), small.end(), small.begin(),
                   [](char c) { return static_cast<char>(std::tolower(c)); });
    lower_case[small] = value;
  }
  EXPECT_EQ(read(cbf(lower_case, payload_)).values, expected());
  std::string const whole = cbf(good(), payload_);
  EXPECT_EQ(read(whole.substr(0, whole.find("\xd5") + 1 + payload_.size())).values, expected());  // nothing behind
}

TEST_F(cbf_file, of_every_type) {
  struct {
    char const* name;
    pixel_type type;
    std::int64_t low, high;
  } const types[] = {{"unsigned 8-bit integer", pixel_type::u8, 0, 255},
                     {"signed 8-bit integer", pixel_type::i32, -128, 127},
                     {"unsigned 16-bit integer", pixel_type::u16, 0, 65535},
                     {"signed 16-bit integer", pixel_type::i32, -32768, 32767},
                     {"unsigned 32-bit integer", pixel_type::u32, 0, 4294967295},
                     {"signed 32-bit integer", pixel_type::i32, -2147483648, 2147483647}};
  for (auto const& one : types) {
    std::vector<std::int64_t> const values{one.high, one.low, 0, 1, 7, one.high};
    std::string const payload = payload_of(values);
    entries all = good_entries(2, 3, payload);
    all["X-Binary-Element-Type"] = '"' + std::string(one.name) + '"';
    std::string const path = write(cbf(all, payload));
    EXPECT_EQ(read_image_file(path).values, std::vector<double>(values.begin(), values.end())) << one.name;
    image_source source(path);
    EXPECT_EQ(read_cbf_header(source).type, one.type) << one.name;
    if (one.high == 2147483647) continue;
    std::vector<std::int64_t> too_much = values;
    too_much[4] = std::int64_t{1} << 33;
    std::string const longer = payload_of(too_much);
    all["X-Binary-Size"] = std::to_string(longer.size());
    EXPECT_THAT(complaint(cbf(all, longer)), HasSubstr("beyond its type"));
  }
}

TEST_F(cbf_file, that_is_not_supported_is_named) {
  auto const conversion = [](std::string const& name) {
    return "application/octet-stream;\r\n     conversions=\"" + name + "\"";
  };
  EXPECT_THAT(complaint_of("Content-Type", conversion("x-CBF_PACKED")), HasSubstr("'x-CBF_PACKED' is not supported"));
  EXPECT_THAT(complaint_of("Content-Type", conversion("x-CBF_NIBBLE_OFFSET")), HasSubstr("NIBBLE_OFFSET"));
  EXPECT_THAT(complaint_of("Content-Type", "application/octet-stream"), HasSubstr("without compression"));
  EXPECT_THAT(complaint_of("Content-Type", ""), HasSubstr("without compression"));
  EXPECT_THAT(complaint_of("Content-Transfer-Encoding", "BASE64"), HasSubstr("'BASE64' is not supported"));
  EXPECT_THAT(complaint_of("X-Binary-Element-Byte-Order", "BIG_ENDIAN"), HasSubstr("'BIG_ENDIAN' is not supported"));
  EXPECT_THAT(complaint_of("X-Binary-Element-Type", "\"signed 64-bit integer\""), HasSubstr("64-bit"));
  EXPECT_THAT(complaint_of("X-Binary-Element-Type", "\"signed 32-bit real IEEE\""), HasSubstr("real"));
  EXPECT_THAT(complaint_of("X-Binary-Size-Third-Dimension", "2"), HasSubstr("a stack"));
  EXPECT_EQ(complaint_of("X-Binary-Size-Third-Dimension", "1"), "");
  EXPECT_THAT(complaint(cbf(good(), payload_) + cbf(good(), payload_)), HasSubstr("more than one image"));
}

TEST_F(cbf_file, that_lies) {
  EXPECT_THAT(complaint_of("X-Binary-Size", ""), HasSubstr("no X-Binary-Size"));
  EXPECT_THAT(complaint_of("X-Binary-Size", std::to_string(payload_.size() + 1)), HasSubstr("more compressed pixels"));
  EXPECT_THAT(complaint_of("X-Binary-Size", std::to_string(payload_.size() - 1)), HasSubstr("end too early"));
  EXPECT_THAT(complaint_of("X-Binary-Size", "62"), HasSubstr("too few for 63 pixels"));
  EXPECT_THAT(complaint_of("X-Binary-Size", "999999"), HasSubstr("truncated: 999999 bytes of pixels expected"));
  for (char const* size : {"18446744073709551615", "9223372036854775808"})
    EXPECT_THAT(complaint_of("X-Binary-Size", size), HasSubstr("truncated"));
  for (char const* size : {"-1", "1e3", "0x10", "99999999999999999999", "12 3", "many"})
    EXPECT_THAT(complaint_of("X-Binary-Size", size), HasSubstr("not a whole number"));
  EXPECT_THAT(complaint_of("X-Binary-Number-of-Elements", "62"), HasSubstr("states 62, but the shape is 7 rows"));
  EXPECT_THAT(complaint_of("X-Binary-Size-Fastest-Dimension", ""), HasSubstr("no X-Binary-Size-Fastest-Dimension"));
  EXPECT_THAT(complaint_of("X-Binary-Size-Second-Dimension", ""), HasSubstr("no X-Binary-Size-Second-Dimension"));
  EXPECT_THAT(complaint_of("X-Binary-Size-Second-Dimension", "0"), HasSubstr("empty image"));
  EXPECT_THAT(complaint_of("X-Binary-Size-Second-Dimension", "4294967296"), HasSubstr("more than any detector"));
  entries larger = good();
  larger["X-Binary-Size-Second-Dimension"] = "8";
  larger["X-Binary-Number-of-Elements"] = "72";
  EXPECT_NE(complaint(cbf(larger, payload_)), "");
  EXPECT_THAT(complaint("###CBF: VERSION 1.5\r\n"), HasSubstr("no binary section"));
  EXPECT_THAT(complaint(cbf(good(), payload_).substr(0, 600)), HasSubstr("no end (the bytes 0C 1A 04 D5)"));
}

TEST_F(cbf_file, cut_anywhere_is_refused) {
  std::string const whole = cbf(good(), payload_);
  auto const end = whole.find("\xd5") + 1 + payload_.size();
  for (std::size_t length = 0; length < end; ++length) EXPECT_NE(complaint(whole.substr(0, length)), "") << length;
}

TEST_F(cbf_file, survives_random_damage) {
  std::string const whole = cbf(good(), payload_);
  std::mt19937 random(5);
  int refused = 0;
  for (int trial = 0; trial < 3000; ++trial) {
    std::string damaged = whole;
    for (int i = 0; i < 1 + trial % 3; ++i) damaged[random() % damaged.size()] = static_cast<char>(random());
    try {
      image const made = read(damaged);
      EXPECT_EQ(made.values.size(), static_cast<std::size_t>(made.rows) * static_cast<std::size_t>(made.columns));
    } catch (input_error const&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 500);
}

TEST_F(cbf_file, checksums_are_compared_where_asked) {
  auto const status_of = [&](entries const& all, std::string const& payload, bool verify) {
    image_source source(write(cbf(all, payload)));
    auto const header = read_cbf_header(source);
    frame_buffer pixels;
    return decode_cbf(read_cbf_payload(source, header), header, verify, pixels);
  };
  EXPECT_EQ(status_of(good(), payload_, true), frame_status::ok);
  std::string damaged = payload_;
  damaged[3] ^= 1;
  damaged[3] = damaged[3] == '\x80' ? '\x02' : damaged[3];
  EXPECT_EQ(status_of(good(), damaged, true), frame_status::wrong_checksum);
  EXPECT_NE(status_of(good(), damaged, false), frame_status::wrong_checksum);
  entries none = good();
  none.erase("Content-MD5");
  EXPECT_EQ(status_of(none, payload_, true), frame_status::ok);
  none["Content-MD5"] = "nonsense";
  EXPECT_EQ(status_of(none, payload_, true), frame_status::wrong_checksum);
  EXPECT_EQ(status_of(none, payload_, false), frame_status::ok);
}

// RFC 1321, A.5, in base64.
TEST(md5, of_the_test_suite) {
  auto const of = [](std::string const& text) { return base64_md5(std::as_bytes(std::span(text))); };
  EXPECT_EQ(of(""), "1B2M2Y8AsgTpgAmY7PhCfg==");
  EXPECT_EQ(of("abc"), "kAFQmDzST7DWlj99KOF/cg==");
  EXPECT_EQ(of("message digest"), "+WtpfXy3k41SWi8xqvFh0A==");
  EXPECT_EQ(of("12345678901234567890123456789012345678901234567890123456789012345678901234567890"),
            "V+30oivjyVWsSdouIQe2eg==");
}

/// What the data's README says of the files.
void expect_real(char const* name, int rows, int columns, double low, double high, double sum) {
  std::string const path = test::shared(name).string();
  image const made = read_image_file(path);
  EXPECT_EQ(made.rows, rows);
  EXPECT_EQ(made.columns, columns);
  EXPECT_EQ(*std::min_element(made.values.begin(), made.values.end()), low);
  EXPECT_EQ(*std::max_element(made.values.begin(), made.values.end()), high);
  EXPECT_EQ(std::accumulate(made.values.begin(), made.values.end(), 0.0), sum);
  image_source source(path);
  auto const header = read_cbf_header(source);
  EXPECT_FALSE(header.md5.empty());
  frame_buffer pixels;
  EXPECT_EQ(decode_cbf(read_cbf_payload(source, header), header, true, pixels), frame_status::ok);
}

TEST(real_cbf, of_a_pilatus_300k) {
  XRDCT_NEEDS_SHARED("data/cbf/ximg2701_00001.cbf");
  expect_real("data/cbf/ximg2701_00001.cbf", 619, 487, -2, 111020, 124090330);
}

TEST(real_cbf, of_a_pilatus_2m) {
  XRDCT_NEEDS_SHARED("data/cbf/pilatus2m_CeO2/CeO2.cbf");
  expect_real("data/cbf/pilatus2m_CeO2/CeO2.cbf", 1679, 1475, -2, 1140729, 1692833047);
}

}  // namespace
}  // namespace xrdct
