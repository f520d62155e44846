/// \file How fast a GPU is, from the memory of the host to patterns and back, and how fast that could be.
///
///   gpu_rates name                     the device
///   gpu_rates bus                      what pinned memory is copied with
///   gpu_rates frames FRAMES BATCH      distinct frames of 4 Mpx from pinned memory to patterns in the host's
///   gpu_rates beside FRAMES BATCH TIME SHARE   the same by one of SHARE processes, for ten seconds from TIME on, s
///                                              since 1970
///   gpu_rates digest FRAMES BATCH [SHARE]      what comes out, as one number
///   gpu_rates tomogram                 filtered back-projection of 2048 × 300² from 300 angles, resident
///
/// Every line of the output is a name and a value. Exit code 3 and the reason where there is no GPU.

#include "benchmarks/gpu/made_frames.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/devices/device_team.hpp"
#include "xrdct/devices/plugin.hpp"
#include "xrdct/kernels/frame_buffer.hpp"

#include <cuda_runtime.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <numbers>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace xrdct::benchmarks {
namespace {

constexpr std::uint32_t bins = 1000;

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

double seconds_of(std::function<void()> const& work) {
  auto const start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The least of several rounds.
double least_seconds(int rounds, std::function<void()> const& work) {
  double least = seconds_of(work);
  for (int i = 1; i < rounds; ++i) least = std::min(least, seconds_of(work));
  return least;
}

void check(cudaError_t code) {
  if (code != cudaSuccess) throw std::runtime_error(cudaGetErrorString(code));
}

void say(std::string const& name, double value) { std::printf("%s\t%.6g\n", name.c_str(), value); }

/// Memory that the GPU copies from by itself.
class pinned {
 public:
  explicit pinned(std::size_t bytes) : bytes_(bytes) {
    void* made = nullptr;
    check(cudaMallocHost(&made, bytes));
    data_ = static_cast<std::byte*>(made);
  }
  ~pinned() { static_cast<void>(cudaFreeHost(data_)); }
  pinned(pinned const&) = delete;
  pinned& operator=(pinned const&) = delete;
  std::span<std::byte> bytes() const { return {data_, bytes_}; }

 private:
  std::byte* data_ = nullptr;
  std::size_t bytes_;
};

/// Frames where the reducer wants them, as the program reads them.
struct frame_store {
  std::vector<frame_buffer> memory;
  std::vector<frame> frames;
  double bytes = 0;

  frame_store(frame_reducer& reducer, std::uint64_t first, std::uint64_t count) {
    for (auto const& chunk : made_frames(first, count)) {
      auto const& at = memory.emplace_back(chunk.begin(), chunk.end(), &reducer.frame_memory());
      frames.push_back({at, 0, first + frames.size()});
      bytes += static_cast<double>(chunk.size());
    }
  }
};

/// Patterns of all frames.
struct pattern_store {
  explicit pattern_store(std::size_t frames)
      : values(frames * 4 * bins), status(frames), raw(frames), saturated(frames) {}
  patterns rows(std::size_t first, std::size_t count) {
    auto const quantity = [&](std::size_t q) {
      return view<float>(values.data() + (first * 4 + q) * bins, count, bins, 4 * std::size_t{bins});
    };
    return {quantity(0),
            quantity(1),
            quantity(2),
            quantity(3),
            std::span(status).subspan(first, count),
            std::span(raw).subspan(first, count),
            std::span(saturated).subspan(first, count)};
  }
  /// FNV-1a of everything.
  std::uint64_t digest() const {
    std::uint64_t hash = 14695981039346656037U;
    auto const add = [&](auto const& of) {
      for (auto const byte : std::as_bytes(std::span(of)))
        hash = (hash ^ static_cast<std::uint64_t>(byte)) * 1099511628211U;
    };
    add(values), add(status), add(raw), add(saturated);
    return hash;
  }
  std::vector<float> values;
  std::vector<frame_status> status;
  std::vector<double> raw;
  std::vector<std::uint32_t> saturated;
};

/// All frames, with as many batches on their way as the pipeline has.
void reduce(frame_reducer& by, std::vector<frame> const& frames, pattern_store& into, std::size_t batch,
            std::function<bool(std::size_t)> const& go_on = {}) {
  constexpr std::size_t under_way = 3;
  std::deque<std::unique_ptr<done>> running;
  for (std::size_t first = 0; first < frames.size(); first += batch) {
    auto const count = std::min(batch, frames.size() - first);
    if (running.size() == under_way) running.front()->wait(), running.pop_front();
    running.push_back(by.submit(std::span(frames).subspan(first, count), into.rows(first, count)));
    if (go_on && !go_on(first + count)) break;
  }
  for (auto& one : running) one->wait();
}

class gpu {
 public:
  explicit gpu(int share = 1) : plugin_(plugin_file()) {
    about_ = plugin_.devices().front();
    plugin_.open(0);
    made_ = plugin_.make(0, share_of_memory(plugin_.memory(0).free, share));
  }
  device& operator*() const { return *made_; }
  device* operator->() const { return made_.get(); }
  plugin_device const& about() const { return about_; }

 private:
  device_plugin plugin_;
  plugin_device about_{};
  std::unique_ptr<device> made_;
};

std::unique_ptr<frame_reducer> make_reducer(gpu const& on) {
  auto const matrix = radial_matrix(bins);
  auto const pixels = made_corrections();
  return on->make_reducer({&matrix, &pixels, error_model::poisson, {}}, eiger_4m);
}

void bus() {
  constexpr std::size_t bytes = std::size_t{1} << 28;
  constexpr int rounds = 20;
  pinned const host(bytes);
  void* device = nullptr;
  check(cudaMalloc(&device, bytes));
  std::memset(host.bytes().data(), 1, bytes);
  auto const rate = [&](void* to, void const* from, cudaMemcpyKind way) {
    return static_cast<double>(bytes) / least_seconds(rounds, [&] { check(cudaMemcpy(to, from, bytes, way)); });
  };
  say("bytes/s to the device", rate(device, host.bytes().data(), cudaMemcpyHostToDevice));
  say("bytes/s from the device", rate(host.bytes().data(), device, cudaMemcpyDeviceToHost));
  check(cudaFree(device));
}

void frames(std::size_t count, std::size_t batch) {
  gpu const on;
  auto const reducer = make_reducer(on);
  frame_store const store(*reducer, 0, count);
  pattern_store into(count);
  reduce(*reducer, store.frames, into, batch);  // once, so that nothing is made any more
  auto const seconds = least_seconds(5, [&] { reduce(*reducer, store.frames, into, batch); });
  say("distinct frames", static_cast<double>(count));
  say("bytes a frame", store.bytes / static_cast<double>(count));
  say("compressed by", static_cast<double>(eiger_4m.bytes()) * static_cast<double>(count) / store.bytes);
  say("frames/s", static_cast<double>(count) / seconds);
  say("bytes/s of frames", store.bytes / seconds);
  say("bad frames", static_cast<double>(std::ranges::count_if(into.status, is_bad)));
}

void beside(std::size_t count, std::size_t batch, double start, int share) {
  constexpr double length = 10;
  gpu const on(share);
  auto const reducer = make_reducer(on);
  frame_store const store(*reducer, static_cast<std::uint64_t>(::getpid()) << 20, count);
  pattern_store into(count);
  reduce(*reducer, store.frames, into, batch);
  if (now() > start) throw std::runtime_error("it took longer than expected to get ready: start later");
  std::this_thread::sleep_for(std::chrono::duration<double>(start - now()));
  std::size_t before = 0, reduced = 0;
  while (now() < start + length) {
    reduce(*reducer, store.frames, into, batch, [&](std::size_t so_far) {
      reduced = before + so_far;
      return now() < start + length;
    });
    before = reduced;
  }
  say("frames/s of one", static_cast<double>(reduced) / (now() - start));
}

void digest(std::size_t count, std::size_t batch, int share) {
  gpu const on(share);
  auto const reducer = make_reducer(on);
  frame_store const store(*reducer, 0, count);
  pattern_store into(count);
  reduce(*reducer, store.frames, into, batch);
  std::printf("digest\t%016llx\n", static_cast<unsigned long long>(into.digest()));
}

void tomogram() {
  constexpr int angles = 300, translations = 300, size = 300;
  constexpr std::int64_t channels = 2048;
  gpu const on;
  scan_geometry geometry{{}, translations, (translations - 1) / 2.0, size, (size - 1) / 2.0};
  for (int a = 0; a < angles; ++a) geometry.angles.push_back(std::numbers::pi * a / angles);
  auto const solver = on->make_tomograph(geometry);
  filter_taps ramp{std::vector<double>(translations)};
  for (int i = 0; i < translations; ++i)
    ramp.taps[static_cast<std::size_t>(i)] = i == 0 ? 0.25 : (i % 2 == 0 ? 0 : -1 / std::pow(std::numbers::pi * i, 2));
  std::vector<double> const weights(angles, std::numbers::pi / angles);
  auto const sinogram = solver->make({angles, translations, channels});
  auto const filtered = solver->make({angles, translations, channels});
  auto const image = solver->make({size, size, channels});
  std::vector<float> values(std::size_t{angles} * translations * channels);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 997) / 997;
  solver->copy(view<float const>(values.data(), std::size_t{angles} * translations, channels), *sinogram);
  solver->synchronize();
  auto const timed = [&](char const* name, auto const& work) {
    say(name, least_seconds(10, [&] { work(), solver->synchronize(); }));
  };
  timed("seconds to filter", [&] { solver->filter(*sinogram, ramp, weights, *filtered); });
  timed("seconds to back-project", [&] { solver->back_project(*filtered, 0, *image); });
  timed("seconds for both", [&] {
    solver->filter(*sinogram, ramp, weights, *filtered);
    solver->back_project(*filtered, 0, *image);
  });
}

int run(std::vector<std::string> const& words) {
  auto const number = [&](std::size_t i) { return static_cast<std::size_t>(std::stoull(words.at(i))); };
  auto const what = words.empty() ? "" : words[0];
  if (what == "name") {
    gpu const on;
    std::printf("device\t%s\ncompute capability\t%d.%d\n", on.about().name, on.about().major, on.about().minor);
  } else if (what == "bus") {
    gpu const on;
    bus();
  } else if (what == "frames") {
    frames(number(1), number(2));
  } else if (what == "beside") {
    beside(number(1), number(2), std::stod(words.at(3)), std::stoi(words.at(4)));
  } else if (what == "digest") {
    digest(number(1), number(2), words.size() > 3 ? std::stoi(words[3]) : 1);
  } else if (what == "tomogram") {
    tomogram();
  } else {
    std::fprintf(stderr, "gpu_rates: see the head of benchmarks/gpu/rates.cpp for what it takes\n");
    return 2;
  }
  return 0;
}

}  // namespace
}  // namespace xrdct::benchmarks

int main(int argc, char** argv) try {
  return xrdct::benchmarks::run({argv + 1, argv + argc});
} catch (xrdct::runtime_failure const& e) {
  std::fprintf(stderr, "no GPU can be used: %s\n", e.what());
  return 3;
} catch (std::exception const& e) {
  std::fprintf(stderr, "gpu_rates: %s\n", e.what());
  return 1;
}
