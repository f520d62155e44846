#pragma once
/// \file What a file says of the experiment that its frames come from.

#include "xrdct/io/frame_stack.hpp"

#include <string>

namespace xrdct {

/// As NXentry has it; what is not known is empty.
struct experiment {
  std::string instrument;           ///< its name
  std::string source, source_type;  ///< name and type of the source of X-rays
  std::string sample;               ///< its name
  std::string start_time;           ///< as it stands there
};

/// Looks in the entry of the first frames. Empty for images, and where nothing is said or can be read.
experiment describe_experiment(frame_stack const& stack);

}  // namespace xrdct
