#include "xrdct/tomo/solver.hpp"

#include "xrdct/base/error.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

namespace xrdct {
namespace {

constexpr std::size_t block = 64;  // channels that devices work on together

void require(bool condition, std::string const& otherwise) {
  if (!condition) throw input_error("cannot reconstruct: " + otherwise);
}

std::size_t blocks_of(std::size_t channels) { return (channels + block - 1) / block; }

std::size_t values_in(field const& some) {
  auto const [rows, columns, channels] = some.shape();
  return static_cast<std::size_t>(rows * columns * channels);
}

view<float> all_values(std::vector<float>& values, field const& of) {
  auto const channels = static_cast<std::size_t>(of.shape()[2]);
  return {values.data(), channels > 0 ? values.size() / channels : 0, channels};
}

/// The same field for so many channels.
std::unique_ptr<field> like(field_space& device, field const& some, std::size_t channels) {
  auto const shape = some.shape();
  return device.make({shape[0], shape[1], static_cast<std::int64_t>(channels)});
}

template <class T>
view<T> some_channels(view<T> const& all, std::size_t first, std::size_t count) {
  return {all.data + first, all.rows, std::min(count, all.columns - first), all.stride};
}

/// Fields of rays and of images that an algorithm holds (see its file).
struct field_count {
  int rays, images;
};

field_count fields_of(solver_options const& options) {
  int const weights = options.weighted ? 1 : 0;
  switch (options.algorithm) {
    case algorithm::sirt: return {2 + weights, 2 + weights};
    case algorithm::cgls: return {2 + weights, 3};
    case algorithm::mlem:
    case algorithm::osem: return {2, 3};
    case algorithm::tv: return {3, 6};
    case algorithm::fbp: break;
  }
  return {0, 0};
}

/// σ_least/σ of every value, σ_least being the least above 0 of its channel, whoever works on its ray; 0 of rays that
/// are not usable. Where σ is 0, 1.
std::unique_ptr<field> roots_of_weights(ray_operator const& matrix, view<float const> errors) {
  auto const& measured = matrix.rays().weights;
  std::vector<float> least(errors.columns, std::numeric_limits<float>::infinity());
  for (std::size_t ray = 0; ray < errors.rows; ++ray)
    for (std::size_t c = 0; c < errors.columns && measured[ray] > 0; ++c)
      if (errors(ray, c) > 0) least[c] = std::min(least[c], errors(ray, c));
  std::vector<float> roots(errors.rows * errors.columns);
  for (std::size_t ray = 0; ray < errors.rows; ++ray)
    for (std::size_t c = 0; c < errors.columns && measured[ray] > 0; ++c)
      roots[ray * errors.columns + c] = errors(ray, c) > 0 ? least[c] / errors(ray, c) : 1;
  auto& device = matrix.device();
  auto made = matrix.make_rays(static_cast<std::int64_t>(errors.columns));
  device.copy(view<float const>(roots.data(), errors.rows, errors.columns), *made);
  device.scale(*made, matrix.usable());
  device.synchronize();
  return made;
}

/// Those of them that it keeps from one iteration to the next.
field_count kept_fields_of(solver_options const& options) {
  int const weights = options.weighted ? 1 : 0;
  switch (options.algorithm) {
    case algorithm::sirt: return {1 + weights, 1 + weights};
    case algorithm::cgls: return {1 + weights, 2};
    case algorithm::mlem:
    case algorithm::osem: return {1, 1};
    case algorithm::tv: return {2, 4};
    case algorithm::fbp: break;
  }
  return {0, 0};
}

std::uint64_t bytes_of(field_count const& count, ray_list const& rays) {
  auto const size = static_cast<std::uint64_t>(rays.size);
  auto const entries = static_cast<std::uint64_t>(rays.rotations) * static_cast<std::uint64_t>(rays.translations);
  return (static_cast<std::uint64_t>(count.rays) * entries + static_cast<std::uint64_t>(count.images) * size * size) *
         sizeof(float);
}

/// What a field takes: two columns more, which keep strides from being powers of two, in pages of 2 MB.
std::uint64_t field_bytes(std::uint64_t rows, std::uint64_t columns, std::uint64_t channels) {
  constexpr std::uint64_t page = std::uint64_t{1} << 21;
  auto const bytes = rows * (columns + 2) * channels * sizeof(float);
  return bytes < page ? bytes : (bytes + page - 1) / page * page;
}

}  // namespace

channel_group::channel_group(ray_operator const& matrix, solver_options const& options, view<float const> sinogram,
                             view<float> tomogram, view<float const> errors)
    : matrix_(matrix), options_(options), tomogram_(tomogram), done_(sinogram.columns) {
  auto const channels = sinogram.columns;
  on_device_.resize(channels);
  std::iota(on_device_.begin(), on_device_.end(), 0);
  outcome_.iterations.assign(channels, 0);
  outcome_.residual.assign(channels, 0.0F);
  auto& device = matrix.device();
  auto data = matrix.make_rays(static_cast<std::int64_t>(channels));
  device.copy(sinogram, *data);
  device.scale(*data, matrix.usable());
  auto const squares = matrix.dot_rays(*data, *data);
  for (std::size_t c = 0; c < channels; ++c) done_[c] = squares[c] > 0 ? 0 : 1;
  auto roots = options.weighted ? roots_of_weights(matrix, errors) : std::unique_ptr<field>();
  scheme_ = make_scheme(matrix, options, std::move(data), std::move(roots));
  // A channel without anything has the image zero, also where an algorithm would begin with another one.
  auto& image = **scheme_->all().kept.front();
  auto const working = active();
  device.combine(image, working, image, all_of(0, channels));
  leave();
}

std::vector<float> channel_group::active() const {
  std::vector<float> made;
  for (auto const channel : on_device_) made.push_back(done_[static_cast<std::size_t>(channel)] != 0 ? 0.0F : 1.0F);
  return made;
}

bool channel_group::advance() {
  if (finished()) return false;
  auto const figures = scheme_->advance(active());
  ++iteration_;
  settle(figures);
  leave();
  return true;
}

/// Keeps the figures of an iteration, and sees who is done with it.
void channel_group::settle(iteration_figures const& figures) {
  for (std::size_t i = 0; i < on_device_.size(); ++i) {
    auto const channel = static_cast<std::size_t>(on_device_[i]);
    if (done_[channel] != 0) continue;
    outcome_.iterations[channel] = iteration_;
    outcome_.residual[channel] = static_cast<float>(figures.residual[i]);
    if (figures.change[i] <= options_.tolerance || iteration_ >= options_.iterations) done_[channel] = 1;
  }
}

/// Channels that are done leave the device where that makes a block less of them, or none are left.
void channel_group::leave() {
  std::vector<std::size_t> gone;
  std::vector<std::int64_t> left;
  for (std::size_t i = 0; i < on_device_.size(); ++i) {
    if (done_[static_cast<std::size_t>(on_device_[i])] != 0)
      gone.push_back(i);
    else
      left.push_back(static_cast<std::int64_t>(i));
  }
  if (!left.empty() && blocks_of(left.size()) == blocks_of(on_device_.size())) return;
  unload(gone);
  keep(left);
}

void channel_group::unload(std::vector<std::size_t> const& places) {
  if (places.empty()) return;
  auto& device = matrix_.device();
  field const& image = **scheme_->all().kept.front();
  std::vector<float> values(values_in(image));
  auto const all = all_values(values, image);
  device.copy(image, all);
  device.synchronize();
  for (std::size_t pixel = 0; pixel < tomogram_.rows; ++pixel)
    for (auto const place : places) tomogram_(pixel, static_cast<std::size_t>(on_device_[place])) = all(pixel, place);
}

void channel_group::keep(std::vector<std::int64_t> const& places) {
  std::vector<std::int64_t> channels;
  for (auto const place : places) channels.push_back(on_device_[static_cast<std::size_t>(place)]);
  on_device_ = std::move(channels);
  if (finished()) {
    scheme_.reset();
    return;
  }
  auto& device = matrix_.device();
  auto const parts = scheme_->all();
  // What may hold anything goes first, so that there is memory for the rest.
  std::vector<std::array<std::int64_t, 3>> shapes;
  for (auto* const some : parts.scratch) {
    shapes.push_back((*some)->shape());
    some->reset();
  }
  for (auto* const some : parts.kept) {
    auto fewer = like(device, **some, places.size());
    device.select(**some, places, *fewer);
    device.synchronize();
    *some = std::move(fewer);
  }
  for (std::size_t i = 0; i < shapes.size(); ++i)
    *parts.scratch[i] = device.make({shapes[i][0], shapes[i][1], static_cast<std::int64_t>(places.size())});
  for (auto* const some : parts.numbers) {
    std::vector<double> fewer;
    for (auto const place : places) fewer.push_back((*some)[static_cast<std::size_t>(place)]);
    *some = std::move(fewer);
  }
}

solver_state channel_group::save() const {
  solver_state made{iteration_, on_device_, done_, {}, {}, {}, outcome_};
  made.finished.assign(tomogram_.rows * tomogram_.columns, 0.0F);
  std::vector<std::uint8_t> there(tomogram_.columns);
  for (auto const channel : on_device_) there[static_cast<std::size_t>(channel)] = 1;
  for (std::size_t pixel = 0; pixel < tomogram_.rows; ++pixel)
    for (std::size_t c = 0; c < tomogram_.columns; ++c)
      if (there[c] == 0) made.finished[pixel * tomogram_.columns + c] = tomogram_(pixel, c);
  if (finished()) return made;
  auto& device = matrix_.device();
  auto const parts = scheme_->all();
  for (auto* const some : parts.kept) {
    auto& values = made.arrays.emplace_back(values_in(**some));
    device.copy(static_cast<field const&>(**some), all_values(values, **some));
    device.synchronize();
  }
  for (auto* const some : parts.numbers) made.numbers.push_back(*some);
  return made;
}

void channel_group::restore(solver_state const& state) {
  auto const channels = tomogram_.columns;
  require(state.iteration >= 0 && state.done.size() == channels && state.outcome.iterations.size() == channels &&
              state.outcome.residual.size() == channels && state.finished.size() == tomogram_.rows * channels,
          "the state to go on from is that of another reconstruction");
  std::vector<std::int64_t> places;
  for (auto const channel : state.channels) {
    auto const at = std::ranges::lower_bound(on_device_, channel);
    require(at != on_device_.end() && *at == channel && (places.empty() || at - on_device_.begin() > places.back()),
            "the state to go on from has other channels");
    places.push_back(at - on_device_.begin());
  }
  if (!finished()) keep(places);
  for (std::size_t pixel = 0; pixel < tomogram_.rows; ++pixel)
    for (std::size_t c = 0; c < channels; ++c) tomogram_(pixel, c) = state.finished[pixel * channels + c];
  iteration_ = state.iteration;
  done_ = state.done;
  outcome_ = state.outcome;
  if (finished()) return;
  auto& device = matrix_.device();
  auto const parts = scheme_->all();
  require(state.arrays.size() == parts.kept.size() && state.numbers.size() == parts.numbers.size(),
          "the state to go on from is another algorithm's");
  for (std::size_t i = 0; i < parts.kept.size(); ++i) {
    auto& into = **parts.kept[i];
    require(state.arrays[i].size() == values_in(into), "the state to go on from has another shape");
    auto values = state.arrays[i];
    device.copy(view<float const>(all_values(values, into)), into);
    device.synchronize();
  }
  for (std::size_t i = 0; i < parts.numbers.size(); ++i) {
    require(state.numbers[i].size() == on_device_.size(), "the state to go on from has other channels");
    *parts.numbers[i] = state.numbers[i];
  }
}

std::size_t channels_at_once(ray_list const& rays) {
  // Enough to keep many threads busy; fields of at most 128 MB where 64 channels allow that.
  constexpr std::size_t most = 256;
  constexpr std::size_t memory = std::size_t{1} << 27;
  auto const size = static_cast<std::size_t>(rays.size);
  auto const entries = static_cast<std::size_t>(rays.rotations) * static_cast<std::size_t>(rays.translations);
  auto const of_channel = std::max({entries, size * size, std::size_t{1}}) * sizeof(float);
  return std::clamp(memory / of_channel / block * block, block, most);
}

std::uint64_t solver_memory(ray_list const& rays, solver_options const& options, std::uint64_t channels) {
  auto const at_once = blocks_of(std::min<std::uint64_t>(channels, channels_at_once(rays))) * block;
  auto const count = fields_of(options);
  auto const size = static_cast<std::uint64_t>(rays.size);
  auto const of_rays =
      field_bytes(static_cast<std::uint64_t>(rays.rotations), static_cast<std::uint64_t>(rays.translations), at_once);
  return static_cast<std::uint64_t>(count.rays) * of_rays +
         static_cast<std::uint64_t>(count.images) * field_bytes(size, size, at_once) +
         bytes_of({0, 1}, rays) * at_once;  // a copy on its way to the tomogram
}

std::uint64_t state_memory(ray_list const& rays, solver_options const& options, std::uint64_t channels) {
  auto count = kept_fields_of(options);
  ++count.images;  // of what is finished
  return bytes_of(count, rays) * channels;
}

namespace {

/// Between iterations: tells who looks on, and ends where a stop was asked for.
void look_up(ray_operator const& matrix, channel_group const& group, std::uint64_t first,
             solver_observer const& observer) {
  try {
    matrix.pause();
  } catch (...) {
    if (observer) observer(first, group, true);
    throw;
  }
  if (observer) observer(first, group, false);
}

}  // namespace

solver_outcome solve(ray_operator const& matrix, solver_options const& options, view<float const> sinogram,
                     view<float> tomogram, solver_observer const& observer, group_source const& begin,
                     view<float const> errors) {
  auto const& rays = matrix.rays();
  require(sinogram.rows == matrix.usable().size(), "the sinogram has not rotations x translations entries");
  require(tomogram.rows == static_cast<std::size_t>(rays.size) * static_cast<std::size_t>(rays.size),
          "the tomogram has not size x size pixels");
  require(tomogram.columns == sinogram.columns, "sinogram and tomogram have different numbers of channels");
  require(!options.weighted || (errors.rows == sinogram.rows && errors.columns == sinogram.columns),
          "weights need an error of every value of the sinogram");
  solver_outcome all;
  for (std::size_t first = 0; first < sinogram.columns;) {
    auto const most = std::min(channels_at_once(rays), sinogram.columns - first);
    auto const start = begin ? begin(first, most) : group_start();
    auto const channels = start.channels > 0 ? start.channels : most;
    require(channels <= most, "a group of channels is larger than there is memory for");
    channel_group group(matrix, options, some_channels(sinogram, first, channels),
                        some_channels(tomogram, first, channels),
                        options.weighted ? some_channels(errors, first, channels) : view<float const>());
    if (start.state) group.restore(*start.state);
    while (group.advance()) look_up(matrix, group, first, observer);
    auto const& ended = group.outcome();
    all.iterations.insert(all.iterations.end(), ended.iterations.begin(), ended.iterations.end());
    all.residual.insert(all.residual.end(), ended.residual.begin(), ended.residual.end());
    first += channels;
  }
  return all;
}

}  // namespace xrdct
