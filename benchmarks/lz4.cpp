// What blocks of LZ4 cost: decoded by liblz4, and by decode_lz4_planes() with each instruction set.
//   lz4 [--detector=NAME] [--type=u16|u32|i32] [options of Google Benchmark]
// Times alternate with --benchmark_repetitions=7 --benchmark_enable_random_interleaving=true.
#include "benchmarks/arguments.hpp"
#include "kernels/common/compressed_blocks.hpp"
#include "kernels/cpu/lz4_planes.hpp"
#include "tests/kernels/only_instruction_set.hpp"
#include "xrdct/simulation/powder_frames.hpp"

#include <benchmark/benchmark.h>
#include <lz4.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace xrdct::benchmarks {
namespace {

constexpr std::size_t frames = 32;  // as many as are reduced at a time: more than the caches hold
constexpr std::size_t slots = 32;   // blocks that are decoded before they are used

struct block {
  std::span<std::byte const> bytes;
  std::byte const* readable_end;
};

struct blocks_of_frames {
  std::vector<std::vector<std::byte>> chunks;
  std::vector<block> blocks;
  std::size_t plane_bytes = 0, plane_count = 0;
  double ratio = 0;

  std::size_t block_bytes() const { return plane_bytes * plane_count; }
};

// One block of every frame, then the next ones, as reducers do. Whole blocks only: the last one of a frame has planes
// of another length.
blocks_of_frames make_blocks(powder_frame_options const& options) {
  powder_frames const made(options);
  blocks_of_frames all{make_chunks(made, frames, 1), {}, 0, 0, 0};
  auto const element = bytes_of(options.type);
  std::size_t compressed = 0;
  block_header header;
  std::vector<std::span<std::byte const>> rests;
  for (auto const& chunk : all.chunks) {
    if (read_bitshuffle_header(chunk, made.format().bytes(), element, header) != frame_status::ok) std::abort();
    rests.push_back(std::span(chunk).subspan(block_header::bytes));
    compressed += chunk.size();
  }
  all.plane_count = 8 * element;
  all.plane_bytes = header.block_bytes / all.plane_count;
  for (std::size_t left = made.format().bytes() / header.block_bytes; left > 0; --left) {
    for (auto& rest : rests) {
      std::span<std::byte const> one;
      if (next_block(rest, one) != frame_status::ok) std::abort();
      all.blocks.push_back({one, rest.data() + rest.size()});
    }
  }
  all.ratio = static_cast<double>(frames * made.format().bytes()) / static_cast<double>(compressed);
  return all;
}

// decode(block, planes) says whether it could.
template <class F>
void decode_all(benchmark::State& state, blocks_of_frames const& all, F decode) {
  auto const stride = all.block_bytes() + 2 * cpu::planes_slack;
  std::vector<std::uint8_t> planes(slots * stride);
  for (auto _ : state) {
    std::size_t slot = 0;
    for (auto const& one : all.blocks) {
      if (!decode(one, planes.data() + slot * stride + cpu::planes_slack)) return state.SkipWithError("no block");
      slot = (slot + 1) % slots;
    }
    benchmark::DoNotOptimize(planes.data());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(frames) * state.iterations());
}

void by_liblz4(benchmark::State& state, blocks_of_frames const& all) {
  auto const bytes = static_cast<int>(all.block_bytes());
  decode_all(state, all, [&](block const& one, std::uint8_t* planes) {
    return LZ4_decompress_safe(reinterpret_cast<char const*>(one.bytes.data()), reinterpret_cast<char*>(planes),
                               static_cast<int>(one.bytes.size()), bytes) == bytes;
  });
}

void by_planes(benchmark::State& state, blocks_of_frames const& all, std::int64_t target) {
  test::only_instruction_set const only(target);
  decode_all(state, all, [&](block const& one, std::uint8_t* planes) {
    return cpu::decode_lz4_planes(one.bytes, one.readable_end, planes, all.plane_bytes, all.plane_count) != 0;
  });
}

pixel_type type_of(std::string const& name) {
  return name == "u16" ? pixel_type::u16 : name == "i32" ? pixel_type::i32 : pixel_type::u32;
}

}  // namespace
}  // namespace xrdct::benchmarks

int main(int count, char** arguments) {
  using namespace xrdct::benchmarks;
  xrdct::powder_frame_options options;
  options.detector = take("--detector=", options.detector, count, arguments);
  options.type = type_of(take("--type=", "u32", count, arguments));
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 2;
  auto const all = make_blocks(options);
  std::printf("compressed by %.2f, %zu blocks\n", all.ratio, all.blocks.size());
  auto const add = [](std::string const& name, auto run) {
    benchmark::RegisterBenchmark(name.c_str(), run)->Unit(benchmark::kMillisecond);
  };
  add("liblz4", [&](benchmark::State& state) { by_liblz4(state, all); });
  for (auto const target : xrdct::test::instruction_sets())
    if (target != HWY_SCALAR)
      add("planes/" + xrdct::test::name_of_instruction_set(target),
          [&, target](benchmark::State& state) { by_planes(state, all, target); });
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
