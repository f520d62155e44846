#include "xrdct/plot/plot.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/free_name.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/plot/page.hpp"
#include "xrdct/plot/picture_content.hpp"

#include <array>

namespace xrdct {
namespace {

plot_kind kind_of(plot_options const& options) {
  if (options.show != plot_kind::automatic) return options.show;
  if (!options.voxels.empty()) return plot_kind::voxel;
  constexpr std::array order{result_array::tomogram, result_array::sinogram, result_array::patterns};
  auto const first = first_held(options.file, order);
  if (!first)
    throw input_error("'" + options.file + "' holds no tomogram, sinogram or patterns: give a result of xrdct");
  if (*first == result_array::tomogram) return plot_kind::maps;
  return *first == result_array::sinogram ? plot_kind::sinogram : plot_kind::pattern;
}

canvas drawn(plot_options const& options) {
  switch (kind_of(options)) {
    case plot_kind::sinogram: return draw(read_maps(options, result_array::sinogram));
    case plot_kind::pattern: return draw(read_mean_pattern(options));
    case plot_kind::voxel: return draw(read_voxels(options));
    default: return draw(read_maps(options, result_array::tomogram));
  }
}

void require_sense(plot_options const& options) {
  constexpr std::size_t most = 4;  // colours that are told apart
  if (options.output.empty() && options.page.empty())
    throw usage_error(
        "nothing is to be written: name a picture with --output FILE.png, or a page with --html FILE.html");
  bool const of_voxels = options.show == plot_kind::automatic || options.show == plot_kind::voxel;
  if (!options.voxels.empty() && !of_voxels) throw usage_error("--voxel goes with --show voxel");
  if (options.voxels.size() > most || options.channels.size() + options.ranges.size() > most)
    throw usage_error("at most 4 voxels and 4 ranges of channels have room in a picture");
}

}  // namespace

void plot(plot_options const& options) {
  require_sense(options);
  require_png_name(options.output);
  require_free_name(options.output, output_kind::picture, options.overwrite);
  require_free_name(options.page, output_kind::page, options.overwrite);
  if (!options.output.empty()) {
    write_png(options.output, drawn(options));
    log_info("wrote '" + options.output + "'");
  }
  if (options.page.empty()) return;
  write_page(options.page, read_page_content(options.file, options.sector, options.layer));
  log_info("wrote '" + options.page + "': open it in a browser");
}

}  // namespace xrdct
