#include "xrdct/base/text.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/base/progress.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace {

TEST(text, rates_have_three_digits_or_are_whole) {
  EXPECT_EQ(xrdct::rate_text(0), "0.00");
  EXPECT_EQ(xrdct::rate_text(1.234), "1.23");
  EXPECT_EQ(xrdct::rate_text(12.34), "12.3");
  EXPECT_EQ(xrdct::rate_text(123.4), "123");
  EXPECT_EQ(xrdct::rate_text(12345.6), "12346");
}

TEST(text, durations_change_units_where_people_do) {
  EXPECT_EQ(xrdct::duration_text(3.21), "3.2 s");
  EXPECT_EQ(xrdct::duration_text(59.4), "59 s");
  EXPECT_EQ(xrdct::duration_text(59.6), "1 min 00 s");
  EXPECT_EQ(xrdct::duration_text(200), "3 min 20 s");
  EXPECT_EQ(xrdct::duration_text(7500), "2 h 05 min");
  EXPECT_EQ(xrdct::duration_text(std::numeric_limits<double>::infinity()), "unknown time");
}

TEST(text, bytes_are_in_powers_of_1000) {
  EXPECT_EQ(xrdct::bytes_text(0), "0.00 B");
  EXPECT_EQ(xrdct::bytes_text(999), "999 B");
  EXPECT_EQ(xrdct::bytes_text(1000), "1.00 kB");
  EXPECT_EQ(xrdct::bytes_text(2.34e9), "2.34 GB");
}

TEST(text, trimmed_text_keeps_what_is_inside) {
  EXPECT_EQ(xrdct::trimmed(" \t a b \r\n"), "a b");
  EXPECT_EQ(xrdct::trimmed(std::string_view("x\0\0", 3)), "x");
  EXPECT_EQ(xrdct::trimmed(" \n"), "");
  EXPECT_EQ(xrdct::trimmed(""), "");
  EXPECT_EQ(xrdct::lower("Eiger2 4M_\xc3\x84"), "eiger2 4m_\xc3\x84");
}

TEST(text, distances_count_slips_of_a_finger) {
  EXPECT_EQ(xrdct::edit_distance("", ""), 0U);
  EXPECT_EQ(xrdct::edit_distance("", "abc"), 3U);
  EXPECT_EQ(xrdct::edit_distance("abc", ""), 3U);
  EXPECT_EQ(xrdct::edit_distance("axis", "axes"), 1U);
  EXPECT_EQ(xrdct::edit_distance("axis", "aixs"), 1U);
  EXPECT_EQ(xrdct::edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(xrdct::edit_distance("ca", "abc"), 3U);  // a swapped pair is not changed again
}

TEST(text, unknown_names_are_usage_errors) {
  EXPECT_THROW(xrdct::parse_log_level("loud"), xrdct::usage_error);
  EXPECT_THROW(xrdct::parse_progress_mode("maybe"), xrdct::usage_error);
  EXPECT_EQ(xrdct::parse_log_level("warning"), xrdct::log_level::warning);
  EXPECT_EQ(xrdct::parse_progress_mode("auto"), xrdct::progress_mode::automatic);
}

}  // namespace
