#pragma once
/// \file Chunks to pixels, bit by bit.

#include "xrdct/kernels/frame.hpp"

#include <cstddef>
#include <vector>

namespace xrdct::reference {

/// Decodes a frame into the bytes of its pixels. Returns what became of it; `pixels` is unspecified unless ok.
frame_status decode(frame const& from, frame_format const& format, std::vector<std::byte>& pixels);

}  // namespace xrdct::reference
