// Frames lie where the device wants them, as long as there is room.
#include "xrdct/pipeline/frame_memory.hpp"

#include "tests/support/counted_memory.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/kernels/frame_buffer.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>
#include <vector>

namespace xrdct {
namespace {

TEST(frame_memory, is_that_of_the_device) {
  test::counted_memory device;
  {
    frame_memory memory(device);
    frame_buffer one(1000, &memory), other(&memory);
    EXPECT_EQ(device.in_use(), 1000U);
    other.resize(50);
    EXPECT_TRUE(device.holds(one.data(), 1000) && device.holds(other.data(), 50));
    one = frame_buffer(&memory);
    EXPECT_EQ(device.in_use(), 50U);
  }
  EXPECT_EQ(device.in_use(), 0U);
}

TEST(frame_memory, is_any_other_where_the_device_has_no_more_and_says_so_once) {
  test::counted_memory device(1000);
  log_keeper lines;
  {
    frame_memory memory(device);
    std::vector<frame_buffer> frames;
    for (int i = 0; i < 10; ++i) frames.emplace_back(300, &memory);
    EXPECT_EQ(device.in_use(), 900U);
    EXPECT_TRUE(device.holds(frames[2].data(), 300));
    EXPECT_FALSE(device.holds(frames[3].data(), 300));
    frames.erase(frames.begin());
    EXPECT_EQ(device.in_use(), 600U);
    frame_buffer const small(1, &memory);  // there would be room again, but it is not asked for any more
    EXPECT_EQ(device.in_use(), 600U);
  }
  EXPECT_EQ(device.in_use(), 0U);
  auto const said = lines.take();
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].level, log_level::warning);
  EXPECT_NE(said[0].text.find("there is no more of it"), std::string::npos) << said[0].text;
}

TEST(frame_memory, does_without_a_device_that_cannot_give_any) {
  struct : std::pmr::memory_resource {
    void* do_allocate(std::size_t, std::size_t) override { throw std::runtime_error("CUDA: allocating memory: no"); }
    void do_deallocate(void*, std::size_t, std::size_t) override { FAIL() << "nothing was given"; }
    bool do_is_equal(std::pmr::memory_resource const& other) const noexcept override { return this == &other; }
  } broken;
  log_keeper lines;
  frame_memory memory(broken);
  frame_buffer const one(10, &memory), other(20, &memory);
  auto const said = lines.take();
  ASSERT_EQ(said.size(), 1U);
  EXPECT_NE(said[0].text.find("CUDA: allocating memory: no"), std::string::npos) << said[0].text;
}

TEST(frame_memory, that_is_like_any_other_is_never_warned_of) {
  log_keeper lines;
  frame_memory memory(*std::pmr::new_delete_resource());
  frame_buffer const one(10, &memory);
  EXPECT_TRUE(lines.take().empty());
}

TEST(frame_memory, is_used_by_several_threads) {
  test::counted_memory device(5000);  // any of them needs more
  log_keeper lines;
  {
    frame_memory memory(device);
    std::vector<std::thread> readers;
    for (int t = 0; t < 4; ++t)
      readers.emplace_back([&, t] {
        std::vector<frame_buffer> frames;
        for (std::size_t i = 0; i < 200; ++i) {
          frames.emplace_back(1 + i, &memory);
          if (i % 3 == static_cast<std::size_t>(t) % 3) frames.pop_back();
        }
      });
    for (auto& reader : readers) reader.join();
  }
  EXPECT_EQ(device.in_use(), 0U);
  EXPECT_EQ(lines.take().size(), 1U);
}

}  // namespace
}  // namespace xrdct
