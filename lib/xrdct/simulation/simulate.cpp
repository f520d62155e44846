#include "xrdct/simulation/simulate.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/comm/threads.hpp"
#include "xrdct/simulation/frame_maker.hpp"
#include "xrdct/simulation/scan_file.hpp"
#include "xrdct/simulation/scene.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>

namespace xrdct {
namespace {

namespace fs = std::filesystem;

/// Frames that a rank makes between two meetings: at most about this many bytes of pixels; those of all ranks meet in
/// the memory of rank 0, compressed.
constexpr std::size_t most_block_bytes = std::size_t{64} << 20;
constexpr std::size_t most_round_bytes = std::size_t{2} << 30;

std::size_t frames_in_block(scene const& s, int threads, int ranks) {
  std::size_t const frame_bytes = s.pixels() * bytes_of(s.options.type);
  std::size_t const block_bytes = std::min(most_block_bytes, most_round_bytes / static_cast<std::size_t>(ranks));
  auto const each = std::max<std::size_t>(1, block_bytes / frame_bytes / static_cast<std::size_t>(threads));
  return each * static_cast<std::size_t>(threads);
}

void refuse_to_overwrite(scan_paths const& paths, bool overwrite) {
  for (auto const* const path : {&paths.scan, &paths.geometry, &paths.mask, &paths.truth})
    if (!overwrite && fs::exists(*path))
      throw usage_error("'" + *path + "' exists already: choose another output, or add --overwrite");
}

void make_folder_of(std::string const& path) {
  fs::path const folder = fs::path(path).parent_path();
  std::error_code problem;
  if (!folder.empty()) fs::create_directories(folder, problem);
  if (problem) throw runtime_failure("cannot make the folder '" + folder.string() + "': " + problem.message());
}

/// Small files first, the scan last: once that has its name, all is there.
std::unique_ptr<scan_file> begin_files(scan_paths const& paths, scene const& s) {
  refuse_to_overwrite(paths, s.options.overwrite);
  make_folder_of(paths.scan);
  write_poni(paths.geometry, s.geometry);
  write_mask(paths.mask, s);
  write_truth(paths.truth, s);
  return std::make_unique<scan_file>(paths, s);
}

/// One rank's chunks of a round, for rank 0.
struct made_chunks {
  std::vector<std::vector<std::byte>> chunks;
  void fields(auto& archive) { archive(chunks); }
};

void say_what_comes(scene const& s, int ranks, int threads) {
  auto const& d = s.geometry.detector;
  std::string phases;
  for (auto const& phase : s.phases) phases += (phases.empty() ? "" : ", ") + phase.name;
  log_info("simulating " + std::to_string(s.frames()) + " frames (" + std::to_string(s.options.grid.rotations) +
           " rotations of " + std::to_string(s.options.grid.translations) + " translations) of " +
           std::to_string(d.rows) + " x " + std::to_string(d.columns) + " " + std::string(name_of(s.options.type)) +
           " pixels; " + phases + "; " + std::to_string(ranks) + (ranks == 1 ? " rank, " : " ranks, ") +
           std::to_string(threads) + (threads == 1 ? " thread each" : " threads each"));
}

}  // namespace

std::string simulate(simulation_options const& options, communicator const& ranks) {
  timer const clock;
  auto const paths = paths_of(options.output);
  scene const s = together(ranks, [&] { return make_scene(options); });
  int const threads = options.threads > 0 ? options.threads : default_threads(ranks);
  if (ranks.root()) say_what_comes(s, ranks.size(), threads);
  auto file = together(ranks, [&] { return ranks.root() ? begin_files(paths, s) : nullptr; });

  // In rounds: every rank makes a block of consecutive frames, and rank 0 writes them in the order of ranks, which is
  // that of frames. The number of threads may differ between ranks, the length of a block must not.
  auto const block =
      static_cast<std::size_t>(ranks.minimum(static_cast<std::int64_t>(frames_in_block(s, threads, ranks.size()))));
  std::size_t const round = block * static_cast<std::size_t>(ranks.size());
  progress line(ranks.root() ? options.progress : progress_mode::off, "simulating", "frames", s.frames());
  std::uint64_t bytes = 0;
  for (std::size_t start = 0; start < s.frames(); start += round) {
    std::size_t const first = std::min(s.frames(), start + block * static_cast<std::size_t>(ranks.rank()));
    std::size_t const last = std::min(s.frames(), first + block);
    auto made = together(ranks, [&] { return made_chunks{make_chunks(s, first, last - first, threads)}; });
    auto const all = ranks.collect(made);
    together(ranks, [&] {
      for (auto const& part : all)
        for (auto const& chunk : part.chunks) {
          file->append(chunk);
          bytes += chunk.size();
        }
    });
    line.update(std::min(s.frames(), start + round), bytes);
  }
  together(ranks, [&] {
    if (file) file->close();
  });
  if (ranks.root()) {
    double const seconds = clock.seconds();
    log_info("wrote " + std::to_string(s.frames()) + " frames (" + bytes_text(static_cast<double>(bytes)) + ") to '" +
             paths.scan + "' in " + duration_text(seconds) + ": " +
             rate_text(static_cast<double>(s.frames()) / seconds) + " frames/s");
  }
  return paths.scan;
}

}  // namespace xrdct
