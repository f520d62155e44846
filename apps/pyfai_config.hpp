#pragma once
/// \file Set-up files of pyFAI-integrate and diff_map (JSON, versions 1 to 5) as options of this program.

#include <string>
#include <vector>

namespace xrdct::app {

/// An option that a key of the set-up stands for.
struct foreign_option {
  std::string name;                 ///< as in the option table
  std::vector<std::string> values;  ///< of one time that it is given; none for a flag
  std::string problem{};            ///< why it cannot be had; of no account where the command line gives the option
};

struct foreign_options {
  std::vector<foreign_option> options;
  std::vector<std::string> inputs;
  std::vector<std::string> notes;  ///< keys that change no numbers here, and how others were understood: a line each
};

/// Whether a configuration file is a pyFAI set-up: a name that ends in .json, or a '{' to begin with. False where it
/// cannot be read.
bool is_pyfai_config(std::string const& path);

/// Every key becomes an option, a note, or an error: usage_error names file, key and value where what a key asks for
/// cannot be had. The meaning is that of pyFAI's io/integration_config.py, io/diffmap_config.py and worker.py: what is
/// absent is as pyFAI has it. Files are looked for in the working directory, then beside the set-up. Throws
/// input_error where the file cannot be read or is not JSON.
foreign_options read_pyfai_config(std::string const& path);

}  // namespace xrdct::app
