#pragma once
/// \file The page without its data: page.html, which the build puts into the program.

namespace xrdct {

/// With @DATA@ where the data go.
extern char const* const page_template;

}  // namespace xrdct
