// Stages of the tomogram: filtering, back-projecting, its errors, writing.
#include "xrdct/bench/stages.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/io/result_file.hpp"
#include "xrdct/tomo/filters.hpp"
#include "xrdct/tomo/geometry.hpp"
#include "xrdct/tomo/solver.hpp"

#include <algorithm>
#include <memory>
#include <numbers>
#include <utility>

namespace xrdct {
namespace {

constexpr std::uint64_t any_number = std::uint64_t{1} << 40;

scan_geometry geometry_of(stage_input const& input) {
  auto const [rotations, translations] = input.grid;
  scan_geometry made;
  for (int a = 0; a < rotations; ++a) made.angles.push_back(a * std::numbers::pi / rotations);
  made.translations = translations;
  made.axis = default_axis(convention::xrdct, translations);
  made.size = translations;
  made.centre = centre(convention::xrdct, translations);
  return made;
}

/// Numbers of a sinogram; nothing that makes arithmetic slower or faster than it is.
std::vector<float> made_up(std::size_t count) {
  std::vector<float> values(count);
  std::uint32_t state = 1;
  for (auto& v : values) v = 1 + static_cast<float>((state = state * 1664525U + 1013904223U) >> 8U) * 0x1p-24F;
  return values;
}

/// As many channels of the sinogram as the reconstruction works on at a time, and of the tomogram, in memory.
class some_channels {
 public:
  explicit some_channels(stage_input const& input)
      : geometry_(geometry_of(input)),
        weights_(angle_weights(geometry_.angles, convention::xrdct)),
        taps_(make_filter(input.what.tomogram.filter, convention::xrdct, geometry_.translations)),
        solver_(input.backend.make_tomograph(geometry_)),
        channels_(std::min(static_cast<std::uint64_t>(solver_->channels_at_once()), input.scan.channels())),
        sinogram_(made_up(entries() * channels_)),
        image_(pixels() * channels_) {
    filtered_ = solver_->make({static_cast<std::int64_t>(geometry_.angles.size()), geometry_.translations,
                               static_cast<std::int64_t>(channels_)});
    filter();
  }

  std::uint64_t channels() const { return channels_; }
  std::size_t entries() const { return geometry_.angles.size() * static_cast<std::size_t>(geometry_.translations); }
  std::size_t pixels() const {
    return static_cast<std::size_t>(geometry_.size) * static_cast<std::size_t>(geometry_.size);
  }

  void filter() {
    solver_->filter(view<float const>(sinogram_.data(), entries(), channels_), taps_, weights_, *filtered_);
  }
  void back_project() { solver_->back_project(*filtered_, 0, view<float>(image_.data(), pixels(), channels_)); }
  void propagate_errors() {
    solver_->back_project_variance(view<float const>(sinogram_.data(), entries(), channels_), taps_, weights_, 0,
                                   view<float>(image_.data(), pixels(), channels_));
  }

 private:
  scan_geometry geometry_;
  std::vector<double> weights_;
  filter_taps taps_;
  std::unique_ptr<tomograph> solver_;
  std::uint64_t channels_;
  std::vector<float> sinogram_;
  std::vector<float> image_;
  std::unique_ptr<field> filtered_;
};

/// Conjugate gradients on as many channels, from one iteration to the next.
class some_iterations {
 public:
  explicit some_iterations(stage_input const& input)
      : rays_(rays_of_grid(geometry_of(input))),
        projector_(input.backend.make_projector(rays_)),
        matrix_(*projector_, rays_, alone_),
        channels_(std::min<std::uint64_t>(channels_at_once(rays_), input.scan.channels())) {
    auto sinogram = matrix_.make_rays(static_cast<std::int64_t>(channels_));
    auto const values = made_up(rays_.weights.size() * channels_);
    projector_->copy(view<float const>(values.data(), rays_.weights.size(), channels_), *sinogram);
    solver_ = make_cgls(matrix_, std::move(sinogram));
    projector_->synchronize();
  }

  std::uint64_t channels() const { return channels_; }
  void iterate() {
    static_cast<void>(solver_->advance(all_of(1, channels_)));
    projector_->synchronize();
  }

 private:
  static ray_list rays_of_grid(scan_geometry const& geometry) {
    ray_list rays;
    rays.rotations = static_cast<int>(geometry.angles.size());
    rays.translations = geometry.translations;
    rays.size = geometry.size;
    rays.centre = geometry.centre;
    for (double const angle : geometry.angles)
      for (int t = 0; t < geometry.translations; ++t) {
        rays.angles.push_back(angle);
        rays.positions.push_back(t - geometry.axis);
        rays.weights.push_back(1);
      }
    return rays;
  }

  ray_list rays_;
  std::unique_ptr<projector> projector_;
  parts_team alone_;
  ray_operator matrix_;
  std::uint64_t channels_;
  std::unique_ptr<scheme> solver_;
};

/// A unit of work is that number of channels of the whole sinogram: what it is worth in frames of all channels.
double frames_of(stage_input const& input, std::uint64_t channels) {
  double const entries = static_cast<double>(input.grid[0]) * input.grid[1];
  return entries * static_cast<double>(channels) / static_cast<double>(input.scan.channels());
}

stage_probe stage_of(bench_stage which, stage_input const& input, std::uint64_t channels) {
  stage_probe made{which, {}, ""};
  made.what.threads = input.threads;
  made.what.most = any_number;
  made.what.frames_per_unit = frames_of(input, channels);
  return made;
}

constexpr char const* written_dataset = "/entry/tomogram/intensity";

void lay_out(std::string const& path, std::array<std::uint64_t, 3> const& shape) {
  nexus_file file(path, nexus_file::mode::create);
  file.lay_out(written_dataset, shape);
  file.close();
}

std::string grid_text(stage_input const& input) {
  return std::to_string(input.grid[0]) + " rotations of " + std::to_string(input.grid[1]) + " translations";
}

}  // namespace

stage_probe filter_stage(stage_input const& input) {
  auto const some = std::make_shared<some_channels>(input);
  auto made = stage_of(bench_stage::filter, input, some->channels());
  auto const bytes = static_cast<double>(some->entries() * some->channels() * sizeof(float));
  made.what.bytes_in = made.what.bytes_out = bytes;
  made.what.note = "the sinogram of " + grid_text(input);
  made.what.run = [some](std::uint64_t times) {
    for (std::uint64_t k = 0; k < times; ++k) some->filter();
  };
  return made;
}

stage_probe backproject_stage(stage_input const& input) {
  auto const some = std::make_shared<some_channels>(input);
  auto made = stage_of(bench_stage::backproject, input, some->channels());
  made.what.bytes_in = static_cast<double>(some->entries() * some->channels() * sizeof(float));
  made.what.bytes_out = static_cast<double>(some->pixels() * some->channels() * sizeof(float));
  auto const size = std::to_string(input.grid[1]);
  made.what.note = "the same, to " + size + " x " + size + " pixels";
  made.what.run = [some](std::uint64_t times) {
    for (std::uint64_t k = 0; k < times; ++k) some->back_project();
  };
  return made;
}

stage_probe errors_stage(stage_input const& input) {
  auto const some = std::make_shared<some_channels>(input);
  auto made = stage_of(bench_stage::errors, input, some->channels());
  made.what.bytes_in = static_cast<double>(some->entries() * some->channels() * sizeof(float));
  made.what.bytes_out = static_cast<double>(some->pixels() * some->channels() * sizeof(float));
  made.what.note = "variances of that sinogram, to those of the tomogram";
  made.what.run = [some](std::uint64_t times) {
    for (std::uint64_t k = 0; k < times; ++k) some->propagate_errors();
  };
  return made;
}

stage_probe cgls_stage(stage_input const& input) {
  auto const some = std::make_shared<some_iterations>(input);
  auto made = stage_of(bench_stage::cgls, input, some->channels());
  auto const [rotations, translations] = input.grid;
  auto const rays = static_cast<double>(rotations) * translations;
  made.what.bytes_in = rays * static_cast<double>(some->channels() * sizeof(float));
  made.what.bytes_out =
      static_cast<double>(translations) * translations * static_cast<double>(some->channels() * sizeof(float));
  made.what.note = "one iteration of --algorithm cgls on the same";
  made.what.run = [some](std::uint64_t times) {
    for (std::uint64_t k = 0; k < times; ++k) some->iterate();
  };
  return made;
}

stage_probe write_stage(stage_input const& input) {
  constexpr std::uint64_t most_bytes = std::uint64_t{1} << 27;
  auto const size = static_cast<std::uint64_t>(input.grid[1]);
  auto const of_channel = size * size * sizeof(float);
  auto const channels = std::clamp<std::uint64_t>(most_bytes / of_channel, 1, input.scan.channels());
  auto const band = share_of(0, size, input.ranks.rank(), input.ranks.size());
  auto const values = std::make_shared<std::vector<float>>(made_up(band.count * size * channels));
  auto made = stage_of(bench_stage::write, input, channels);
  made.what.threads = 1;
  // Every rank writes its band of the one file.
  made.what.frames_per_unit /= input.ranks.size();
  made.what.bytes_in = made.what.bytes_out = static_cast<double>(channels * of_channel) / input.ranks.size();
  made.what.note = "a tomogram of " + std::to_string(channels) + " channels, to the disk";
  auto const path = input.folder + "/written.h5";
  made.what.run = [&input, values, path, size, channels, band](std::uint64_t times) {
    for (std::uint64_t k = 0; k < times; ++k) {
      together(input.ranks, [&] {
        if (input.ranks.root()) lay_out(path, {size, size, channels});
      });
      slab_writer writer(path, input.ranks.handle());
      writer.write(written_dataset, band.first, band.count, *values);
      writer.close();
      together(input.ranks, [&] {
        if (input.ranks.root()) publish(path, path + ".done");
      });
    }
  };
  return made;
}

}  // namespace xrdct
