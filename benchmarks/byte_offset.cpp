// What images in byte offset cost: decoded value by value, by SIMD slice by slice, and integrated as they come.
//   byte_offset [--threads=N] [--image=FILE.cbf] [options of Google Benchmark]
// The image is one of a Pilatus 2M; without it frames are made up.
#include "kernels/common/byte_offset.hpp"
#include "benchmarks/arguments.hpp"
#include "benchmarks/powder_scene.hpp"
#include "kernels/cpu/cpu.hpp"
#include "kernels/cpu/differences.hpp"
#include "xrdct/codec/byte_offset.hpp"
#include "xrdct/codec/cbf.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace xrdct::benchmarks {
namespace {

// Frames as a Pilatus writes them.
void encode(powder_frames const& made, std::size_t count, powder_scene& scene) {
  for (std::size_t k = 0; k < count; ++k) {
    auto const pixels = made.pixels(k);
    std::vector<std::int64_t> values;
    for (std::size_t i = 0; i < pixels.size(); i += sizeof(std::int32_t)) {
      std::int32_t value = 0;
      std::memcpy(&value, pixels.data() + i, sizeof value);
      values.push_back(value);
    }
    encode_byte_offset(values, scene.chunks.emplace_back());
  }
}

powder_scene make_scene(std::string const& image) {
  powder_frames const made({"Pilatus 2M", pixel_type::i32, 40, false, 1});
  auto scene = make_powder_scene(made, 0);
  if (image.empty()) {
    encode(made, 16, scene);
  } else {
    image_source source(image);
    auto const header = read_cbf_header(source);
    auto const payload = read_cbf_payload(source, header);
    scene.chunks = {{payload.begin(), payload.end()}};
  }
  scene.format.code = encoding::byte_offset;
  return scene;
}

void one_by_one(benchmark::State& state, powder_scene const& scene) {
  std::vector<std::int32_t> values(scene.format.pixels());
  for (auto _ : state)
    if (decode_byte_offset<std::int32_t>(scene.chunks[0], values) != frame_status::ok) state.SkipWithError("no image");
}

void slice_by_slice(benchmark::State& state, powder_scene const& scene) {
  std::vector<std::int32_t> values(cpu::differences_at_a_time);
  auto const pixels = scene.format.pixels();
  for (auto _ : state) {
    byte_offset_stream stream{scene.chunks[0]};
    for (std::size_t at = 0; at < pixels; at += values.size()) {
      auto const here = std::span(values).first(std::min(values.size(), pixels - at));
      if (!cpu::decode_differences(stream, pixel_type::i32, std::as_writable_bytes(here)))
        state.SkipWithError("no image");
    }
    benchmark::DoNotOptimize(values.data());
  }
}

void integrated(benchmark::State& state, powder_scene const& scene, pixel_splitting split, int threads) {
  auto const device = cpu::make_device(threads);
  integration_options options;
  options.splitting = split;
  auto const matrix = make_integration(scene.geometry, options, scene.pixels.mask).matrix;
  auto const reducer = device->make_reducer({&matrix, &scene.pixels, error_model::poisson, {}}, scene.format);
  auto const frames = scene.frames(32 * static_cast<std::size_t>(threads));
  std::vector<std::vector<float>> values(4, std::vector<float>(frames.size() * matrix.bins));
  std::vector<frame_status> status(frames.size());
  auto const rows = [&](std::size_t i) { return view<float>(values[i].data(), frames.size(), matrix.bins); };
  patterns const into{rows(0), rows(1), rows(2), rows(3), status, {}, {}};
  for (auto _ : state) reducer->submit(frames, into)->wait();
  if (std::ranges::any_of(status, is_bad)) state.SkipWithError("no image");
  state.SetItemsProcessed(static_cast<std::int64_t>(frames.size()) * state.iterations());
}

}  // namespace
}  // namespace xrdct::benchmarks

int main(int count, char** arguments) {
  using namespace xrdct::benchmarks;
  int const threads = std::max(1, std::atoi(take("--threads=", "1", count, arguments).c_str()));
  auto const scene = make_scene(take("--image=", "", count, arguments));
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 2;
  std::printf("%.2f bytes a pixel\n",
              static_cast<double>(scene.chunks[0].size()) / static_cast<double>(scene.format.pixels()));
  auto const add = [](char const* name, auto run) {
    benchmark::RegisterBenchmark(name, run)->UseRealTime()->Unit(benchmark::kMillisecond);
  };
  add("decode/one by one", [&](benchmark::State& state) { one_by_one(state, scene); });
  add("decode/slice by slice", [&](benchmark::State& state) { slice_by_slice(state, scene); });
  for (auto const& [name, split] : {std::pair{"integrate/no splitting", xrdct::pixel_splitting::no},
                                    {"integrate/bbox", xrdct::pixel_splitting::bbox}})
    add(name, [&, kind = split](benchmark::State& state) { integrated(state, scene, kind, threads); });
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
