// Tomograms on devices with lanes: what tests of all backends do not see. Groups of 32 threads must give the bits of
// one lane, as ThreadSanitizer watches; pieces and slabs those of the whole.
#include "kernels/lanes/projector.hpp"
#include "kernels/lanes/tomograph.hpp"
#include "tests/kernels/lanes/host_engine.hpp"
#include "tests/tomo/ray_cases.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <new>
#include <random>
#include <span>
#include <vector>

namespace xrdct::test {
namespace {

using values = std::vector<float>;

/// A device with little memory.
struct small_engine : host_engine {
  std::size_t memory() const { return std::size_t{1} << 20; }
};

/// A device that has no memory left after some more allocations.
struct failing_engine : host_engine {
  std::shared_ptr<int> left = std::make_shared<int>(1000);

  template <class T>
  array<T> make(std::size_t size) const {
    if ((*left)-- <= 0) throw std::bad_alloc();
    return host_engine::make<T>(size);
  }
  template <class T>
  staging<T> make_staging(std::size_t size) const {
    if ((*left)-- <= 0) throw std::bad_alloc();
    return host_engine::make_staging<T>(size);
  }
};

values numbers(std::size_t count, std::mt19937_64& random) {
  std::normal_distribution<float> normal;
  values made(count);
  std::ranges::generate(made, [&] { return normal(random); });
  return made;
}

template <class Space>
std::unique_ptr<field> load(Space& space, std::int64_t rows, std::int64_t columns, values const& from) {
  auto const channels = from.size() / static_cast<std::size_t>(rows * columns);
  auto made = space.make({rows, columns, static_cast<std::int64_t>(channels)});
  space.copy(view<float const>(from.data(), static_cast<std::size_t>(rows * columns), channels), *made);
  return made;
}

template <class Space>
values unload(Space& space, field const& from) {
  auto const [rows, columns, channels] = from.shape();
  values made(static_cast<std::size_t>(rows * columns * channels));
  space.copy(from,
             view<float>(made.data(), static_cast<std::size_t>(rows * columns), static_cast<std::size_t>(channels)));
  return made;
}

/// A scan with all it takes to be reconstructed.
struct scan {
  explicit scan(std::size_t of_channels, int size = 9, int rotations = 21)
      : channels(of_channels), geometry{{}, size + 2, size / 2.0, size, (size - 1) / 2.0, {}} {
    std::uniform_real_distribution<double> uniform(0, 3);
    for (int a = 0; a < rotations; ++a) {
      geometry.angles.push_back(uniform(random));
      geometry.shifts.push_back(uniform(random) - 1.5);
      weights.push_back(uniform(random));
    }
    for (int d = 0; d < geometry.translations; ++d) filter.taps.push_back(uniform(random) - 1);
    sinogram = numbers(geometry.angles.size() * static_cast<std::size_t>(geometry.translations) * channels, random);
    for (float const v : sinogram) variance.push_back(v * v);
  }

  view<float const> entries(values const& of) const { return {of.data(), of.size() / channels, channels}; }
  std::size_t pixels() const {
    return static_cast<std::size_t>(geometry.size) * static_cast<std::size_t>(geometry.size);
  }

  std::mt19937_64 random{77};
  std::size_t channels;
  scan_geometry geometry;
  filter_taps filter;
  std::vector<double> weights;
  values sinogram;
  values variance;
};

/// Tomogram and its variance, by fields.
template <class Engine>
std::vector<values> reconstruct(lanes::lane_tomograph<Engine>& space, scan const& of) {
  auto const rotations = static_cast<std::int64_t>(of.geometry.angles.size());
  auto const filtered = load(space, rotations, of.geometry.translations, of.sinogram);
  auto const variance = load(space, rotations, of.geometry.translations, of.variance);
  auto const image = space.make({of.geometry.size, of.geometry.size, static_cast<std::int64_t>(of.channels)});
  auto const errors = space.make(image->shape());
  space.filter(*filtered, of.filter, of.weights, *filtered);
  space.back_project(*filtered, 0, *image);
  space.back_project_variance(*variance, of.filter, of.weights, 0, *errors);
  return {unload(space, *image), unload(space, *errors)};
}
template <class Engine>
std::vector<values> reconstruct(Engine on, scan const& of, std::size_t piece = lanes::usual_piece) {
  lanes::lane_tomograph<Engine> space(on, of.geometry, piece);
  return reconstruct(space, of);
}

/// The same from and to the memory of the caller.
template <class Engine>
std::vector<values> reconstruct_views(Engine on, scan const& of, std::size_t piece) {
  lanes::lane_tomograph<Engine> space(on, of.geometry, piece);
  std::vector<values> found(2, values(of.pixels() * of.channels, -1.0F));
  auto const filtered = space.make({static_cast<std::int64_t>(of.geometry.angles.size()), of.geometry.translations,
                                    static_cast<std::int64_t>(of.channels)});
  space.filter(of.entries(of.sinogram), of.filter, of.weights, *filtered);
  space.back_project(*filtered, 0, view<float>(found[0].data(), of.pixels(), of.channels));
  space.back_project_variance(of.entries(of.variance), of.filter, of.weights, 0,
                              view<float>(found[1].data(), of.pixels(), of.channels));
  return found;
}

TEST(lanes_of_tomograms, by_32_threads_have_the_bits_of_one) {
  for (std::size_t const channels : {3, 133}) {
    scan const some(channels, channels == 3 ? 11 : 5);
    EXPECT_EQ(reconstruct(host_engine(true), some), reconstruct(host_engine(), some)) << channels;
  }
}

/// What a projector makes of an image and of a sinogram, from parts and from all.
std::vector<values> project_both(host_engine on, ray_list const& rays, std::size_t channels) {
  lanes::lane_projector<host_engine> space(on, rays);
  std::mt19937_64 random(5);
  auto const pixels = static_cast<std::size_t>(rays.size) * static_cast<std::size_t>(rays.size);
  auto const image = load(space, rays.size, rays.size, numbers(pixels * channels, random));
  auto const sinogram = load(space, rays.rotations, rays.translations, numbers(rays.angles.size() * channels, random));
  std::vector<values> found;
  for (rotation_set const& which : {rotation_set{}, rotation_set{1, 2, 4, 4}}) {
    auto const projected = space.make(sinogram->shape());
    auto const back = space.make(image->shape());
    space.project(*image, which, *projected);
    space.back_project(*sinogram, which, *back);
    found.push_back(unload(space, *projected));
    found.push_back(unload(space, *back));
  }
  std::vector<double> sums(channels);
  space.dot(*image, *image, sums);
  found.emplace_back(sums.begin(), sums.end());
  return found;
}

TEST(lanes_of_projections, by_32_threads_have_the_bits_of_one) {
  ray_case const cases[] = {{"jittered", scan_kind::jittered, 9, 7, 6, 2.5, 133, 0.1},
                            {"regular", scan_kind::regular, 37, 5, 5, 2, 3},
                            {"piled", scan_kind::piled, 35, 40, 3, 1, 2}};  // more rays a pixel than a list takes
  for (auto const& one : cases) {
    std::mt19937_64 random(3);
    auto const rays = make_rays(one, random);
    EXPECT_EQ(project_both(host_engine(true), rays, one.channels), project_both(host_engine(), rays, one.channels))
        << one.name;
  }
}

TEST(lanes_of_tomograms, by_pieces_have_the_bits_of_the_whole) {
  scan const some(13, 19);
  auto const expected = reconstruct(host_engine(), some);
  for (std::size_t const piece : {1, 2000, 20000}) {
    EXPECT_EQ(reconstruct(host_engine(), some, piece), expected) << piece;
    EXPECT_EQ(reconstruct_views(host_engine(), some, piece), expected) << piece;
  }
}

TEST(lanes_of_tomograms, by_slabs_of_channels_have_the_bits_of_the_whole) {
  scan const some(517, 3, 2);
  lanes::lane_tomograph<host_engine> const space(host_engine(), some.geometry);
  ASSERT_EQ(space.channels_at_once(), 512);
  EXPECT_EQ(reconstruct_views(host_engine(), some, 5000), reconstruct(host_engine(), some));
}

TEST(lanes_of_tomograms, fit_the_memory_that_they_may_use) {
  scan const some(150, 10, 30);
  lanes::lane_tomograph<small_engine> space(small_engine(), some.geometry);
  EXPECT_EQ(space.channels_at_once(), 64);  // 3 · 30 · 12 · 4 bytes of a channel: 121 of them in half a megabyte
  EXPECT_EQ(reconstruct_views(small_engine(), some, 5000), reconstruct_views(host_engine(), some, 5000));
  EXPECT_NO_THROW(space.make({1, 1024, 256}));
  EXPECT_THROW(space.make({1, 1024, 257}), std::bad_alloc);
}

TEST(lanes_of_tomograms, go_on_after_memory_was_out) {
  scan const few(3), some(9);
  auto const expected = reconstruct(host_engine(), some);
  bool succeeded = false;
  for (int left = 0; !succeeded; ++left) {
    failing_engine const on;
    lanes::lane_tomograph<failing_engine> space(on, some.geometry);
    if (left % 2 == 0) reconstruct(space, few);  // memory that is kept is there, but too small
    *on.left = left;
    try {
      succeeded = reconstruct(space, some) == expected;
    } catch (std::bad_alloc const&) {
      ASSERT_LT(left, 40);
    }
    *on.left = 1000;
    ASSERT_EQ(reconstruct(space, some), expected) << left;
  }
}

/// Work that waits in one queue is done before another goes on with what it makes.
TEST(lanes_of_tomograms, share_fields) {
  scan const some(5);
  lanes::lane_tomograph<host_engine> one(host_engine(), some.geometry), other(host_engine(), some.geometry);
  auto const filtered =
      load(one, static_cast<std::int64_t>(some.geometry.angles.size()), some.geometry.translations, some.sinogram);
  one.filter(*filtered, some.filter, some.weights, *filtered);
  auto const image = one.make({some.geometry.size, some.geometry.size, 5});
  other.back_project(*filtered, 0, *image);
  EXPECT_EQ(unload(one, *image), reconstruct(host_engine(), some)[0]);
}

/// What is asked for one after the other needs its factors after they are gone.
TEST(lanes_of_tomograms, keep_what_kernels_are_told) {
  scan const some(2);
  lanes::lane_tomograph<host_engine> space(host_engine(), some.geometry);
  auto const sum = load(space, 1, 1, values{1, 1});
  auto const one = load(space, 1, 1, values{1, 2});
  values expected{1, 1};
  for (int i = 0; i < 50; ++i) {
    values const a{0.5F, static_cast<float>(i % 3)}, b{static_cast<float>(i), -1};
    space.combine(*sum, a, *one, b);
    expected = {expected[0] * 0.5F + static_cast<float>(i), expected[1] * static_cast<float>(i % 3) - 2};
  }
  EXPECT_EQ(unload(space, *sum), expected);
}

}  // namespace
}  // namespace xrdct::test
