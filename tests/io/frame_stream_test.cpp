#include "xrdct/io/frame_stream.hpp"

#include "tests/io/h5_files.hpp"
#include "tests/support/counted_memory.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/codec/bitshuffle.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <set>
#include <thread>

namespace xrdct {
namespace {

constexpr hsize_t frames = 101, rows = 12, columns = 17;

class frame_stream_test : public testing::Test {
 protected:
  void SetUp() override {
    test::h5_file file(folder_ / "frames.h5");
    auto const d = file.dataset("/d", H5T_STD_U16LE, {frames, rows, columns},
                                test::chunked({1, rows, columns}, 32008, {0, 2}).id());
    for (hsize_t f = 0; f < frames; ++f) {
      std::vector<std::byte> chunk;
      auto pixels = test::random_pixels<std::uint16_t>(rows * columns, f);
      std::fill_n(pixels.begin(), (frames - f) / 2, std::uint16_t{0});  // they grow longer
      encode_bitshuffle_lz4(test::bytes_of_values(pixels), 2, 0, chunk);
      if (f % 10 != 3) test::write_chunk(d.id(), f, chunk);
      chunks_.push_back(f % 10 != 3 ? chunk : std::vector<std::byte>());
    }
    file.close();
    stack_ = open_stack((folder_ / "frames.h5").string(), "/d");
  }

  std::size_t longest() const { return std::ranges::max_element(chunks_, {}, &std::vector<std::byte>::size)->size(); }

  test::temporary_folder folder_;
  std::vector<std::vector<std::byte>> chunks_;
  frame_stack stack_;
};

TEST_F(frame_stream_test, delivers_every_frame_once_and_in_order) {
  for (std::size_t const batch : {1, 7, 50, 1000})
    for (std::size_t const ahead : {0, 1, 3})
      for (bool const recycle : {false, true}) {
        std::uint64_t const first = 5;
        std::uint64_t const count = 90;
        frame_stream stream(stack_, first, count, batch, ahead);
        std::uint64_t next = first;
        while (auto one = stream.next()) {
          EXPECT_EQ(one->frames.size(), std::min<std::uint64_t>(batch, first + count - next));
          EXPECT_EQ(one->status.size(), one->frames.size());
          std::uint64_t bytes = 0;
          for (std::size_t i = 0; i < one->frames.size(); ++i, ++next) {
            EXPECT_EQ(one->frames[i].id, next);
            EXPECT_EQ(one->frames[i].filter_mask, 0);
            EXPECT_EQ(one->status[i], next % 10 == 3 ? frame_status::missing : frame_status::ok);
            EXPECT_TRUE(std::ranges::equal(one->frames[i].bytes, chunks_[next]));
            bytes += chunks_[next].size();
          }
          EXPECT_EQ(one->bytes, bytes);
          if (recycle) stream.recycle(std::move(*one));
        }
        EXPECT_EQ(next, first + count);
        EXPECT_FALSE(stream.next());
      }
}

/// Batches are told apart by their memory, which is theirs from the first frame to the last.
TEST_F(frame_stream_test, holds_no_more_batches_than_it_reads_ahead_and_gave_away) {
  for (std::size_t const ahead : {1, 2, 4})
    for (std::size_t const kept : {1, 2, 3}) {
      frame_stream stream(stack_, 0, frames, 2, ahead);
      std::set<void const*> memory;
      std::deque<frame_batch> given;
      while (auto one = stream.next()) {
        std::this_thread::sleep_for(std::chrono::microseconds(200));  // long enough to read all that may be read
        memory.insert(one->storage.data());
        given.push_back(std::move(*one));
        if (given.size() < kept) continue;
        stream.recycle(std::move(given.front()));
        given.pop_front();
      }
      EXPECT_LE(memory.size(), ahead + kept) << ahead << " " << kept;
    }
}

TEST_F(frame_stream_test, puts_frames_where_it_is_told_to) {
  constexpr std::size_t batch = 3, batches = 2;
  test::counted_memory memory;
  {
    frame_stream stream(stack_, {batch, 1, 1, batches, &memory});
    stream.add(0, frames);
    stream.close();
    while (auto one = stream.next()) {
      for (auto const& of : one->frames)
        EXPECT_TRUE(of.bytes.empty() || memory.holds(of.bytes.data(), of.bytes.size())) << of.id;
      EXPECT_LE(memory.in_use(), batches * batch * room_for_frame(longest()));
      stream.recycle(std::move(*one));
    }
    // They grow from less than half of the longest to that, by a sixteenth each time.
    EXPECT_LE(memory.times_taken(), batches * batch * 16);
  }
  EXPECT_EQ(memory.in_use(), 0U);
}

TEST_F(frame_stream_test, frames_that_find_no_memory_are_unreadable) {
  test::counted_memory memory(1);
  frame_stream stream(stack_, {4, 1, 1, 2, &memory});
  stream.add(0, 4);
  stream.close();
  auto const one = stream.next();
  ASSERT_TRUE(one);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_EQ(one->status[i], i == 3 ? frame_status::missing : frame_status::unreadable);
}

TEST_F(frame_stream_test, keeps_memory_of_frames_near_their_length) {
  // Random frames of one byte more or less each time: doubled, they would take twice their length and more.
  frame_stream stream(stack_, 0, frames, 10, 1);
  while (auto one = stream.next()) {
    for (std::size_t i = 0; i < one->frames.size(); ++i)
      EXPECT_LE(one->storage[i].capacity(), room_for_frame(longest())) << one->frames[i].id;
    stream.recycle(std::move(*one));
  }
}

/// Whoever reads does not know before what it will read.
TEST_F(frame_stream_test, reads_what_is_added) {
  for (std::size_t const batch : {1, 4, 30}) {
    frame_stream stream(stack_, {batch, 2});
    std::vector<std::pair<std::uint64_t, std::uint64_t>> const runs{{40, 9}, {3, 1}, {50, 0}, {4, 5}, {9, 20}};
    for (auto const& [first, count] : runs) {
      stream.add(first, count);
      if (first == 40) std::this_thread::sleep_for(std::chrono::milliseconds(1));  // it waits for more
      for (auto next = first; next < first + count;) {
        auto const one = stream.next();
        ASSERT_TRUE(one);
        EXPECT_EQ(one->frames.size(), std::min<std::uint64_t>(batch, first + count - next));
        EXPECT_GT(one->seconds, 0);
        for (auto const& frame : one->frames) {
          EXPECT_EQ(frame.id, next);
          EXPECT_TRUE(std::ranges::equal(frame.bytes, chunks_[next]));
          ++next;
        }
      }
    }
    stream.add(60, 3);
    stream.add(70, 2);
    stream.close();
    std::vector<std::uint64_t> last;
    while (auto const one = stream.next())
      for (auto const& frame : one->frames) last.push_back(frame.id);
    EXPECT_EQ(last, (std::vector<std::uint64_t>{60, 61, 62, 70, 71}));
  }
  frame_stream const waiting(stack_, {4, 2});  // is left while it waits
}

TEST_F(frame_stream_test, of_nothing) {
  frame_stream stream(stack_, 0, 0, 4, 2);
  EXPECT_FALSE(stream.next());
}

TEST_F(frame_stream_test, may_be_left_at_any_time) {
  for (int taken = 0; taken < 12; ++taken)
    for (int wait = 0; wait < 2; ++wait) {
      frame_stream stream(stack_, 0, frames, 10, 2);
      for (int i = 0; i < taken; ++i) stream.next();
      if (wait == 1) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

TEST_F(frame_stream_test, passes_errors_on) {
  // Frames past the end of the stack are a mistake of the caller, which the reading thread meets.
  frame_stream stream(stack_, frames - 4, 10, 4, 2);
  EXPECT_TRUE(stream.next());
  EXPECT_THROW(stream.next(), std::exception);
  EXPECT_FALSE(stream.next());
}

}  // namespace
}  // namespace xrdct
