#pragma once
/// \file Names that something may be written to.

#include <string>

namespace xrdct {

/// What is to be written.
enum class output_kind { picture, page, json };

/// Throws usage_error where there is something of this name: unless `overwrite`, and even then where that is neither
/// empty nor of the same kind. A word in the wrong place shall not cost a result, or the frames of a scan. An empty
/// name stands for nothing to be written.
void require_free_name(std::string const& path, output_kind kind, bool overwrite);

}  // namespace xrdct
