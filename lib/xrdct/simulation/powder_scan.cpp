#include "xrdct/simulation/powder_scan.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/io/disk_space.hpp"
#include "xrdct/scan/plan.hpp"
#include "xrdct/simulation/scan_file.hpp"
#include "xrdct/simulation/scene.hpp"

#include <filesystem>

namespace xrdct {
namespace {

namespace fs = std::filesystem;

/// As near to a square as the number of frames allows; never fewer rotations than translations.
grid_scan grid_of(std::uint64_t frames) {
  std::uint64_t translations = 1;
  for (std::uint64_t n = 2; n * n <= frames; ++n)
    if (frames % n == 0) translations = n;
  grid_scan grid;
  grid.rotations = static_cast<int>(frames / translations);
  grid.translations = static_cast<int>(translations);
  return grid;
}

/// As much of a scene as its files tell.
scene scene_of(powder_frames const& made, std::uint64_t frames) {
  scene s;
  s.geometry = made.geometry();
  s.options.type = made.format().type;
  s.options.grid = grid_of(frames);
  auto const positions = positions_of(s.options.grid);
  for (std::uint64_t k = 0; k < frames; ++k)
    s.exposures.push_back({positions.rotation[k], positions.translation[k] * s.options.step, 1, monitor_reference});
  auto const& gaps = s.geometry.detector.gaps;
  for (std::size_t p = 0; p < gaps.size(); ++p)
    if (gaps[p] != 0) s.gap_pixels.push_back(static_cast<std::uint32_t>(p));
  return s;
}

void prepare(powder_scan_files const& where, bool overwrite) {
  for (auto const* const path : {&where.scan, &where.geometry, &where.mask})
    if (!overwrite && fs::exists(*path))
      throw usage_error("'" + *path + "' exists already: choose another name, or add --overwrite");
  std::error_code problem;
  if (auto const folder = fs::path(where.scan).parent_path(); !folder.empty()) fs::create_directories(folder, problem);
  if (problem) throw runtime_failure("cannot make the folder of '" + where.scan + "': " + problem.message());
}

/// Better known before than after writing for minutes.
void require_space(powder_scan_files const& where, std::span<std::vector<std::byte> const> chunks,
                   std::uint64_t frames) {
  std::uint64_t bytes = 0;
  for (std::uint64_t k = 0; k < frames; ++k) bytes += chunks[k % chunks.size()].size();
  auto const space = free_disk_space(where.scan);
  if (bytes > space)
    throw runtime_failure("'" + where.scan + "' would take " + std::to_string(bytes >> 20) + " MiB, but only " +
                          std::to_string(space >> 20) + " MiB are free: make fewer frames, or write elsewhere");
}

}  // namespace

powder_scan_files powder_scan_at(std::string const& scan) {
  fs::path const path(scan);
  if (path.extension() != ".h5" || path.stem().empty())
    throw usage_error("'" + scan + "' is no name for a scan: give one that ends in .h5");
  auto const stem = (path.parent_path() / path.stem()).string();
  return {scan, stem + ".poni", stem + "_mask.edf"};
}

void save_powder_scan(powder_frames const& made, std::span<std::vector<std::byte> const> chunks, std::uint64_t frames,
                      powder_scan_files const& where, bool overwrite) {
  prepare(where, overwrite);
  require_space(where, chunks, frames);
  auto const s = scene_of(made, frames);
  write_poni(where.geometry, s.geometry);
  write_mask(where.mask, s);
  scan_file file({where.scan, where.geometry, where.mask, "", ""}, s);
  for (std::uint64_t k = 0; k < frames; ++k) file.append(chunks[k % chunks.size()]);
  file.close();
}

}  // namespace xrdct
