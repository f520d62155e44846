#include "kernels/common/bit_transpose.hpp"
#include "kernels/common/decode.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/bench/block_table.hpp"
#include "xrdct/bench/corrected_pixels.hpp"
#include "xrdct/bench/layouts.hpp"
#include "xrdct/bench/thread_team.hpp"
#include "xrdct/comm/pattern_exchange.hpp"
#include "xrdct/io/frame_stream.hpp"

#include <algorithm>
#include <atomic>

namespace xrdct {
namespace {

/// The matrix by bins: pixels and coefficients of each, pixels ascending.
struct bins_of_pixels {
  std::vector<std::uint64_t> offsets;
  std::vector<std::uint32_t> pixel;
  std::vector<float> coefficient;

  explicit bins_of_pixels(integration_matrix const& by_pixels)
      : offsets(std::size_t{by_pixels.bins} + 1), pixel(by_pixels.entries()), coefficient(by_pixels.entries()) {
    for (auto const bin : by_pixels.bin) ++offsets[bin + 1];
    for (std::size_t b = 1; b < offsets.size(); ++b) offsets[b] += offsets[b - 1];
    std::vector<std::uint64_t> next(offsets.begin(), offsets.end() - 1);
    for (std::size_t p = 0; p < by_pixels.pixels(); ++p)
      for (auto e = by_pixels.offsets[p]; e < by_pixels.offsets[p + 1]; ++e) {
        auto const to = next[by_pixels.bin[e]]++;
        pixel[to] = static_cast<std::uint32_t>(p);
        coefficient[to] = by_pixels.coefficient[e];
      }
  }
  std::size_t bins() const { return offsets.size() - 1; }
};

class serial_layout : public layout_runner {
 public:
  serial_layout(measurement const& m, job const& what, int threads)
      : scan_(m),
        input_(m.detectors.front()),
        errors_(what.geometry.errors),
        matrix_(input_.matrix),
        team_(threads),
        planes_(static_cast<std::size_t>(threads)),
        image_(input_.stack.format.bytes()),
        shares_(input_.stack.format.pixels()) {
    if (what.geometry.reject.method != rejection_method::none || errors_ == error_model::azimuthal)
      throw usage_error("the serial layout has neither rejection nor azimuthal errors");
  }

  void reduce(std::uint64_t frames, std::span<float> patterns) override {
    frame_reader reader(input_.stack);
    auto const pattern = pattern_quantities * matrix_.bins();
    for (std::uint64_t k = 0; k < frames; ++k) {
      auto const row = patterns.subspan(k * pattern, pattern);
      std::ranges::fill(row, 0.0F);
      if (scan_.status[k] != frame_status::ok) continue;
      std::uint32_t filter_mask = 0;
      auto status = reader.read(k, chunk_, filter_mask);
      if (status == frame_status::ok) status = decode(filter_mask);
      if (status != frame_status::ok) refuse_frame(input_.stack, k, std::string(describe(status)));
      integrate(row, scan_.frame_norm[k] * input_.weight);
    }
  }

 private:
  frame_status decode(std::uint32_t filter_mask) {
    auto const& format = input_.stack.format;
    auto const code = (filter_mask & 1U) != 0 ? encoding::raw : format.code;
    if (is_lz4(code)) return decode_blocks();
    return decode_chunk(chunk_, {code, bytes_of(format.type), format.block_pixels, format.type == pixel_type::i32},
                        image_);
  }

  frame_status decode_blocks() {
    auto const found = find_blocks(chunk_, input_.stack.format, table_);
    if (found != frame_status::ok) return found;
    std::atomic<frame_status> worst{frame_status::ok};
    team_.run([&](int k) {
      auto const mine = share_of_thread(table_.blocks.size(), team_.threads(), k);
      for (std::size_t b = mine.first; b < mine.last; ++b)
        if (auto const status = decode_block(b, planes_[static_cast<std::size_t>(k)]); status != frame_status::ok)
          worst = status;
    });
    std::ranges::copy(table_.tail, image_.end() - static_cast<std::ptrdiff_t>(table_.tail.size()));
    return worst;
  }

  frame_status decode_block(std::size_t block, std::vector<std::byte>& planes) {
    auto const bytes = table_.bytes_of(block);
    auto* const to = image_.data() + block * table_.block_bytes;
    if (!table_.bit_shuffled) return decode_by_liblz4(table_, block, to);
    planes.resize(std::max(planes.size(), bytes));
    auto const status = decode_by_liblz4(table_, block, planes.data());
    auto const element = bytes_of(input_.stack.format.type);
    if (status == frame_status::ok) unshuffle_block(planes.data(), bytes / element, element, to);
    return status;
  }

  void integrate(std::span<float> row, double frame_norm) {
    team_.run([&](int k) {
      auto const mine = share_of_thread(shares_.size(), team_.threads(), k);
      correct_pixels(image_, input_.stack.format, input_.pixels, errors_, mine.first, mine.last, shares_);
    });
    // Bins differ in pixels: threads take a few at a time.
    constexpr std::size_t at_once = 16;
    std::atomic<std::size_t> next{0};
    team_.run([&](int) {
      for (auto b = next.fetch_add(at_once); b < matrix_.bins(); b = next.fetch_add(at_once))
        for (auto bin = b; bin < std::min(b + at_once, matrix_.bins()); ++bin) sum_up(bin, row, frame_norm);
    });
  }

  void sum_up(std::size_t bin, std::span<float> row, double frame_norm) const {
    double signal = 0, variance = 0, norm = 0, count = 0;
    for (auto e = matrix_.offsets[bin]; e < matrix_.offsets[bin + 1]; ++e) {
      double const c = matrix_.coefficient[e];
      auto const& share = shares_[matrix_.pixel[e]];
      signal += c * share.signal;
      variance += c * c * share.variance;
      norm += c * share.norm;
      count += c * share.count;
    }
    auto const bins = matrix_.bins();
    row[bin] = static_cast<float>(signal);
    row[bins + bin] = static_cast<float>(variance);
    row[2 * bins + bin] = static_cast<float>(static_cast<float>(norm) * frame_norm);
    row[3 * bins + bin] = static_cast<float>(count);
  }

  measurement const& scan_;
  detector_input const& input_;
  error_model errors_;
  bins_of_pixels matrix_;
  thread_team team_;
  std::vector<std::vector<std::byte>> planes_;  // of a block, one a thread
  frame_buffer chunk_;
  block_table table_;
  std::vector<std::byte> image_;
  std::vector<pixel_share> shares_;
};

}  // namespace

std::unique_ptr<layout_runner> make_serial_layout(measurement const& m, job const& what, int threads) {
  return std::make_unique<serial_layout>(m, what, threads);
}

}  // namespace xrdct
