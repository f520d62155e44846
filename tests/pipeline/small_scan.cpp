#include "tests/pipeline/small_scan.hpp"

#include "tests/io/h5_files.hpp"
#include "xrdct/codec/bitshuffle.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <random>

namespace xrdct::test {
namespace {

void write_numbers(h5_file& file, std::string const& path, std::vector<double> const& values) {
  auto const dataset = file.dataset(path, H5T_NATIVE_DOUBLE, {values.size()});
  write_all(dataset.id(), H5T_NATIVE_DOUBLE, values.data());
}

void write_frames(h5_file& file, small_scan const& scan) {
  auto const rows = static_cast<hsize_t>(scan.rows);
  auto const columns = static_cast<hsize_t>(scan.columns);
  auto const properties = chunked({1, rows, columns}, 32008, {0, 2});
  auto const dataset =
      file.dataset("/1.1/measurement/detector", H5T_STD_U32LE, {scan.frames(), rows, columns}, properties.id());
  for (std::uint64_t frame = 0; frame < scan.frames(); ++frame) {
    if (scan.missing.contains(frame)) continue;
    auto original = frame;
    while (scan.copied.contains(original)) --original;
    auto pixels = random_pixels<std::uint32_t>(rows * columns, scan.seed * 1000 + original);
    if (scan.dark.contains(frame)) std::ranges::fill(pixels, 0U);
    for (auto& p : pixels)  // the brightest are worth no precision
      if (p != std::numeric_limits<std::uint32_t>::max()) p %= 100'000;
    std::vector<std::byte> chunk;
    encode_bitshuffle_lz4(bytes_of_values(pixels), 4, 256, chunk);
    if (scan.corrupt.contains(frame)) chunk.resize(chunk.size() / 2);
    write_chunk(dataset.id(), frame, chunk);
  }
}

}  // namespace

void small_scan::write(std::filesystem::path const& folder) const {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<double> unit(0, 1);
  std::vector<double> rotation;
  std::vector<double> translation;
  std::vector<double> monitor;
  std::vector<double> layer;
  for (int line = 0; line < layers * rotations; ++line)
    for (int i = 0; i < translations; ++i) {
      int const column = line % 2 == 0 ? i : translations - 1 - i;
      rotation.push_back(180.0 * (line % rotations) / rotations + noise * 0.01 * unit(engine));
      translation.push_back(-0.7 + 0.25 * column + noise * 0.002 * unit(engine));
      layer.push_back(3 + 0.5 * (line / rotations));
    }
  for (auto const frame : repeated) {
    rotation.push_back(rotation[frame]);
    translation.push_back(translation[frame]);
    layer.push_back(layer[frame]);
  }
  for (std::uint64_t frame = 0; frame < frames(); ++frame)
    monitor.push_back(without_monitor.contains(frame) ? 0 : 900 + 200 * unit(engine));
  for (auto const frame : without_position) rotation[frame] = std::numeric_limits<double>::quiet_NaN();

  h5_file file(folder / "scan.h5");
  write_frames(file, *this);
  write_numbers(file, "/1.1/measurement/rot", rotation);
  write_numbers(file, "/1.1/measurement/dty", translation);
  write_numbers(file, "/1.1/measurement/dtz", layer);
  write_numbers(file, "/1.1/measurement/monitor", monitor);
  if (!image_key.empty()) write_numbers(file, "/1.1/measurement/image_key", image_key);
  file.close();
  std::ofstream(folder / "geometry.poni") << "PixelSize1: 2e-4\nPixelSize2: 2e-4\nDistance: 0.05\nPoni1: 0.001\n"
                                             "Poni2: 0.002\nRot1: 0.02\nRot2: 0\nRot3: 0\nWavelength: 2e-11\n";
}

job small_scan::reconstruction(std::filesystem::path const& folder, std::string const& output) const {
  job what;
  what.input.files = {(folder / "scan.h5").string()};
  what.input.dataset = "/1.1/measurement/detector";
  what.geometry.ponis = {(folder / "geometry.poni").string()};
  what.geometry.integration.bins = 150;
  what.geometry.monitor = "/1.1/measurement/monitor";
  what.scan.rotation = "/1.1/measurement/rot";
  what.scan.translation = "/1.1/measurement/dty";
  what.run.progress = progress_mode::off;
  what.run.threads = 1;
  what.options = {{"bins", "150"}, {"mask", "a"}, {"mask", "b"}};
  what.output = output;
  return what;
}

}  // namespace xrdct::test
