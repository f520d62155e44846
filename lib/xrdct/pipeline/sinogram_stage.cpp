#include "xrdct/pipeline/sinogram_stage.hpp"

#include "xrdct/comm/agreement.hpp"

namespace xrdct {

sinogram_slab assemble_slab(measurement const& m, reduced_frames& reduced, communicator const& ranks, int threads) {
  return together(ranks, [&] {
    auto const patterns = reduced.take_received();
    return assemble(m.scan, reduced.records.status, reduced.slabs[static_cast<std::size_t>(ranks.rank())], patterns,
                    m.air, threads);
  });
}

void write_sinogram(slab_writer& file, communicator const& ranks, sinogram_slab& sinogram, bin_layout const& bins,
                    std::vector<channel_slab> const& slabs, bool errors) {
  auto const& one = sinogram.layers.front();
  auto const columns = static_cast<std::uint64_t>(one.translations);
  sectored_array shape{static_cast<std::uint64_t>(one.rotations), columns, bins, {0, bins.channels}, slabs, {}};
  auto const mine = shape.rows_of(ranks.rank());
  auto const row = columns * sinogram.slab.count;
  auto const layer_size = sinogram.rows() * sinogram.slab.count;
  auto const write = [&](std::string const& name, std::vector<float> const& values) {
    for (std::uint64_t layer = 0; layer < sinogram.layers.size(); ++layer) {
      if (sinogram.layers.size() > 1) shape.layer = layer;
      write_slabs(file, ranks, "/entry/sinogram/" + name, shape,
                  std::span(values).subspan(layer * layer_size + mine.first * row, mine.count * row));
    }
  };
  write("intensity", sinogram.intensity);
  if (errors) write("intensity_errors", sinogram.error);
  write("normalization", sinogram.normalization);
  write("count", sinogram.count);
  sinogram.normalization = std::vector<float>();  // which gives its memory back, as {} does not
}

std::vector<slab_to_fill> to_be_filled(sinogram_slab& sinogram, bool errors, fill how, communicator const& ranks) {
  return together(ranks, [&] {
    std::vector<slab_to_fill> layers;
    for (std::size_t layer = 0; layer < sinogram.layers.size(); ++layer) {
      layers.push_back({sinogram.slab,
                        sinogram.layers[layer],
                        sinogram.rows_of(sinogram.intensity, layer),
                        errors ? sinogram.rows_of(sinogram.error, layer) : view<float>(),
                        errors,
                        {}});
      if (sinogram.count.empty()) continue;
      auto& made = layers.back();
      made.emptied =
          fill_emptied(how, made.entries, sinogram.rows_of(sinogram.count, layer), made.intensity, made.error);
    }
    sinogram.count = std::vector<float>();
    return layers;
  });
}

}  // namespace xrdct
