#pragma once
/// \file A result as one page for a browser.

#include "xrdct/plot/page_content.hpp"

#include <string>

namespace xrdct {

/// A page that holds all it shows and asks nothing of any network: a map of the channels that a slider or a range in
/// the pattern chooses, the pattern of the voxel under the pointer, the sinogram, how it was made and how long that
/// took. Values are kept to 1/65534 of the range of their channel.
std::string page_text(page_content const& content);

/// Writes it under its final name once it is complete. Throws runtime_failure.
void write_page(std::string const& path, page_content const& content);

}  // namespace xrdct
