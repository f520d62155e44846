#include "xrdct/pipeline/sinogram_stage.hpp"

#include "xrdct/comm/agreement.hpp"

namespace xrdct {

sinogram_slab assemble_slab(measurement const& m, reduced_frames& reduced, communicator const& ranks) {
  return together(ranks, [&] {
    auto const patterns = reduced.patterns->take_received();
    return assemble(m.scan, reduced.records.status, reduced.slabs[static_cast<std::size_t>(ranks.rank())], patterns);
  });
}

void write_sinogram(slab_writer& file, communicator const& ranks, sinogram_slab& sinogram, bin_layout const& bins,
                    std::vector<channel_slab> const& slabs, bool errors) {
  auto const columns = static_cast<std::uint64_t>(sinogram.entries.translations);
  sectored_array const shape{
      static_cast<std::uint64_t>(sinogram.entries.rotations), columns, bins, {0, bins.channels}, slabs};
  auto const mine = shape.rows_of(ranks.rank());
  auto const row = columns * sinogram.slab.count;
  auto const write = [&](std::string const& name, std::vector<float> const& values) {
    write_slabs(file, ranks, "/entry/sinogram/" + name, shape,
                std::span(values).subspan(mine.first * row, mine.count * row));
  };
  write("intensity", sinogram.intensity);
  if (errors) write("intensity_errors", sinogram.error);
  write("normalization", sinogram.normalization);
  write("count", sinogram.count);
  sinogram.normalization = {};
  sinogram.count = {};
}

slab_to_fill to_be_filled(sinogram_slab& sinogram, bool errors) {
  return {sinogram.slab, sinogram.entries, sinogram.rows_of(sinogram.intensity),
          errors ? sinogram.rows_of(sinogram.error) : view<float>(), errors};
}

}  // namespace xrdct
