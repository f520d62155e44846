#pragma once
/// \file The checksum that CBF files state of their images. Not for secrets.

#include <cstddef>
#include <span>
#include <string>

namespace xrdct {

/// The MD5 of bytes (RFC 1321) in base64, as a Content-MD5 header has it (RFC 1864).
std::string base64_md5(std::span<std::byte const> bytes);

}  // namespace xrdct
