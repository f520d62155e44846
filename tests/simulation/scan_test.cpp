#include "kernels/common/decode.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/codec/image.hpp"
#include "xrdct/io/arrays.hpp"
#include "xrdct/io/frame_stack.hpp"
#include "xrdct/io/frame_stream.hpp"
#include "xrdct/simulation/frame_maker.hpp"
#include "xrdct/simulation/scan_file.hpp"
#include "xrdct/simulation/simulate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <tuple>
#include <utility>

namespace xrdct {
namespace {

using bytes = frame_buffer;

simulation_options small(test::temporary_folder const& folder) {
  set_log(log_level::error, "xrdct: ");
  simulation_options options;
  options.shape = {37, 53};
  options.distance = 0.03;
  options.grid.rotations = 7;
  options.grid.translations = 9;
  options.dead_pixels = 5;
  options.threads = 2;
  options.progress = progress_mode::off;
  options.output = (folder / "scan").string();
  return options;
}

/// Every frame as stored.
std::vector<bytes> stored(frame_stack const& stack) {
  frame_reader reader(stack);
  std::vector<bytes> all(stack.frames);
  for (std::uint64_t k = 0; k < stack.frames; ++k) {
    std::uint32_t filter_mask = 0;
    EXPECT_EQ(reader.read(k, all[k], filter_mask), frame_status::ok);
    EXPECT_EQ(filter_mask, 0U);
  }
  return all;
}

std::vector<bytes> stored(std::string const& scan) { return stored(open_stack(scan, "/1.1/measurement/detector")); }

TEST(SimulatedScan, ReadsBackAsWhatWasCounted) {
  for (auto type : {pixel_type::u16, pixel_type::u32, pixel_type::i32})
    for (int frames_per_file : {0, 20}) {
      test::temporary_folder const folder;
      auto options = small(folder);
      options.type = type;
      options.frames_per_file = frames_per_file;
      std::string const scan = simulate(options, communicator());
      EXPECT_EQ(scan, (folder / "scan/scan.h5").string());
      auto const stack = open_stack(scan, "/1.1/measurement/detector");
      ASSERT_EQ(stack.frames, 63U);
      EXPECT_EQ(stack.format.type, type);
      EXPECT_EQ(stack.format.code, encoding::bitshuffle_lz4);
      EXPECT_EQ(stack.segments.size(), frames_per_file == 0 ? 1U : 4U);
      scene const s = make_scene(options);
      frame_maker maker(s);
      auto const chunks = stored(stack);
      for (std::size_t k = 0; k < chunks.size(); ++k) {
        auto const expected = maker.make(k);
        bytes pixels(stack.format.bytes());
        ASSERT_EQ(expected.size(), pixels.size());
        ASSERT_EQ(decode_chunk(chunks[k], {encoding::bitshuffle_lz4, bytes_of(type), 0}, pixels), frame_status::ok);
        EXPECT_TRUE(std::equal(expected.begin(), expected.end(), pixels.begin())) << "frame " << k;
      }
    }
}

TEST(SimulatedScan, IsTheSameForAnyNumberOfThreads) {
  test::temporary_folder const folder;
  auto options = small(folder);
  options.crystals = 10;
  options.threads = 1;
  auto const one = stored(simulate(options, communicator()));
  options.output = (folder / "other").string();
  options.threads = 5;
  EXPECT_EQ(one, stored(simulate(options, communicator())));
  options.output = (folder / "seed").string();
  options.seed = 2;
  auto const other = stored(simulate(options, communicator()));
  for (std::size_t k = 0; k < one.size(); ++k) EXPECT_NE(one[k], other[k]);
}

template <class T>
std::vector<T> pixels_of(scene const& s, std::size_t frame) {
  frame_maker maker(s);
  auto const raw = maker.make(frame);
  std::vector<T> pixels(s.pixels());
  std::memcpy(pixels.data(), raw.data(), raw.size());
  return pixels;
}

template <class T>
void check_markers(simulation_options options, pixel_type type, T gap, T dead) {
  options.type = type;
  options.detector = "Pilatus 300k";
  options.distance = 0.2;
  options.grid.rotations = options.grid.translations = 2;
  scene const s = make_scene(options);
  auto pixels = pixels_of<T>(s, 3);
  ASSERT_FALSE(s.gap_pixels.empty());
  for (auto p : s.gap_pixels) EXPECT_EQ(std::exchange(pixels[p], T{0}), gap);
  for (auto p : s.dead_pixels) EXPECT_EQ(std::exchange(pixels[p], T{0}), dead);
  for (T value : pixels) {
    EXPECT_GE(value, T{0});
    EXPECT_LT(value, std::numeric_limits<T>::max());
  }
}

TEST(SimulatedScan, MarksGapsAndDeadPixelsAsDetectorsDo) {
  test::temporary_folder const folder;
  auto const options = small(folder);
  check_markers<std::uint16_t>(options, pixel_type::u16, 65535, 65535);
  check_markers<std::uint32_t>(options, pixel_type::u32, 4294967295U, 4294967295U);
  check_markers<std::int32_t>(options, pixel_type::i32, -1, -2);
}

TEST(SimulatedScan, CountsStayBelowTheMarkOfDeadPixels) {
  test::temporary_folder const folder;
  auto options = small(folder);
  options.type = pixel_type::u16;
  options.counts = 1e6;
  scene const s = make_scene(options);
  auto const pixels = pixels_of<std::uint16_t>(s, 31);
  std::size_t saturated = 0, marked = 0;
  for (auto value : pixels) saturated += value == 65534, marked += value == 65535;
  EXPECT_GT(saturated, 0U);
  EXPECT_EQ(marked, s.dead_pixels.size());
}

TEST(SimulatedScan, CountsFollowTheirExpectation) {
  test::temporary_folder const folder;
  auto options = small(folder);
  options.crystals = 5;
  scene const s = make_scene(options);
  std::vector<float> means;
  double chi2 = 0, total = 0, expected = 0;
  std::size_t n = 0;
  for (std::size_t k = 0; k < s.frames(); ++k) {
    expect(s, k, means);
    auto const counts = pixels_of<std::uint32_t>(s, k);
    for (std::size_t i = 0; i < means.size(); ++i) {
      if (counts[i] == std::numeric_limits<std::uint32_t>::max() || means[i] < 1) continue;
      double const mean = static_cast<double>(means[i]);
      chi2 += (counts[i] - mean) * (counts[i] - mean) / mean;
      total += counts[i];
      expected += mean;
      ++n;
    }
  }
  ASSERT_GT(n, 10'000U);
  EXPECT_LT(std::abs(total - expected) / std::sqrt(expected), 4.5);
  // The variance of one term is 2 + 1/λ, at most 3 here.
  EXPECT_LT(std::abs(chi2 - static_cast<double>(n)) / std::sqrt(3.0 * static_cast<double>(n)), 4.5);
}

TEST(SimulatedScan, ComesWithPositionsGeometryMaskAndTruth) {
  test::temporary_folder const folder;
  auto options = small(folder);
  options.tilt = {0.01, -0.02, 0.03};
  options.axis = 0.05;
  options.grid.how = grid_scan::order::zigzag;
  std::string const scan = simulate(options, communicator());
  scene const s = make_scene(options);
  auto const rotation = read_numbers("/1.1/measurement/rot", scan);
  auto const translation = read_numbers("/1.1/measurement/dty", scan);
  auto const monitor = read_numbers("/1.1/measurement/fpico6", scan);
  EXPECT_EQ(rotation.unit, "deg");
  EXPECT_EQ(translation.unit, "mm");
  ASSERT_EQ(rotation.values.size(), s.frames());
  for (std::size_t k = 0; k < s.frames(); ++k) {
    EXPECT_EQ(rotation.values[k], s.exposures[k].rotation);
    EXPECT_EQ(translation.values[k], s.exposures[k].translation);
    EXPECT_EQ(monitor.values[k], s.exposures[k].monitor);
  }
  poni const g = read_poni((folder / "scan/geometry.poni").string());
  EXPECT_EQ(g.distance, s.geometry.distance);
  EXPECT_EQ(g.poni1, s.geometry.poni1);
  EXPECT_EQ(g.poni2, s.geometry.poni2);
  EXPECT_EQ(g.rot1, 0.01);
  EXPECT_EQ(g.rot2, -0.02);
  EXPECT_EQ(g.rot3, 0.03);
  EXPECT_EQ(g.wavelength, s.geometry.wavelength);
  EXPECT_EQ(g.detector.rows, 37);
  EXPECT_EQ(g.detector.columns, 53);
  EXPECT_EQ(g.detector.pixel1, 172e-6);
  image const mask = read_image_file((folder / "scan/mask.edf").string());
  ASSERT_EQ(mask.values.size(), s.pixels());
  for (std::size_t i = 0; i < s.pixels(); ++i)
    EXPECT_EQ(mask.values[i] != 0, std::binary_search(s.dead_pixels.begin(), s.dead_pixels.end(), i));
  std::string const truth = (folder / "scan/truth.h5").string();
  std::vector<float> weights(3 * 7 * 9);
  read_block(truth, "/sinogram/weights", std::array<std::uint64_t, 3>{0, 0, 0}, std::array<std::uint64_t, 3>{3, 7, 9},
             weights);
  // Frame 10 of a zigzag scan is in the second line, the second from its end.
  for (std::size_t p = 0; p < 3; ++p) EXPECT_EQ(weights[p * 63 + 9 + 7], s.weights[10 * 3 + p]);
  EXPECT_EQ(read_numbers("/axis", truth).values.at(0), 0.05);
  EXPECT_EQ(dataset_shape(truth, "/phases/CeO2/density"), (std::vector<std::uint64_t>{9, 9}));
}

TEST(SimulatedScan, TakesAnotherScansGeometry) {
  test::temporary_folder const folder;
  auto options = small(folder);
  options.detector = "Eiger 500k";
  options.distance = 0.1;
  options.grid.rotations = options.grid.translations = 1;
  simulate(options, communicator());
  auto again = options;
  again.detector.clear();
  again.poni = (folder / "scan/geometry.poni").string();
  again.output = (folder / "again.h5").string();
  EXPECT_EQ(simulate(again, communicator()), again.output);
  EXPECT_EQ(stored((folder / "scan/scan.h5").string()), stored(again.output));
}

TEST(SimulatedScan, GeometrySaysShapeAndPixelsWhereANameDoesNot) {
  test::temporary_folder const folder;
  std::string const path = (folder / "geometry.poni").string();
  poni g;
  g.distance = 0.1;
  g.wavelength = 2e-11;
  for (auto const& [name, rows, columns, pixel] :
       {std::tuple{"Pilatus 300k", 0, 0, 0.0}, std::tuple{"Pilatus", 212, 494, 0.0},
        std::tuple{"Pilatus 300k", 300, 240, 344e-6}, std::tuple{"Eiger2 CdTe 500k", 0, 0, 150e-6}})
    for (int orientation : {3, 2}) {
      g.detector = make_detector(name, rows, columns);
      g.detector.orientation = orientation;
      if (pixel > 0) g.detector.pixel1 = g.detector.pixel2 = pixel;
      write_poni(path, g);
      detector const again = read_poni(path).detector;
      EXPECT_EQ(again.name, g.detector.name);
      EXPECT_EQ(std::pair(again.rows, again.columns), std::pair(g.detector.rows, g.detector.columns)) << name;
      EXPECT_EQ(again.pixel1, g.detector.pixel1) << name;
      EXPECT_EQ(again.pixel2, g.detector.pixel2) << name;
      EXPECT_EQ(again.orientation, orientation) << name;
      EXPECT_EQ(again.gaps, g.detector.gaps) << name;
    }
}

TEST(SimulatedScan, ReplacesNothingUnasked) {
  test::temporary_folder const folder;
  auto options = small(folder);
  simulate(options, communicator());
  EXPECT_THROW(simulate(options, communicator()), error);
  options.overwrite = true;
  options.seed = 5;
  EXPECT_NO_THROW(simulate(options, communicator()));
}

TEST(SimulatedScan, SaysWhereItCannotWrite) {
  test::temporary_folder const folder;
  auto options = small(folder);
  simulate(options, communicator());
  options.output = (folder / "scan/mask.edf/below").string();  // below a file
  try {
    simulate(options, communicator());
    FAIL() << "wrote below a file";
  } catch (error const& e) {
    EXPECT_EQ(e.code(), exit_code::failed);
    EXPECT_NE(std::string(e.what()).find("mask.edf"), std::string::npos) << e.what();
  }
}

}  // namespace
}  // namespace xrdct
