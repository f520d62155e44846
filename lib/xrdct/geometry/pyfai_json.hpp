#pragma once
/// \file Set-up files of pyFAI (JSON, as pyFAI-integrate and diff_map write them), and the geometry in them.

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace xrdct {

/// Whether it is JSON rather than lines of keys and values: its first byte that is not blank is a '{'.
bool looks_like_json(std::string_view text);

/// The text of a file of up to 16 MiB. `what` is what it is called in messages. Throws input_error.
std::string read_small_file(std::string const& path, std::string const& what);

/// An object. NaN and infinities, which Python writes, become the texts "NaN", "Infinity" and "-Infinity". Throws
/// input_error that names `where`: not JSON, not an object, a key given twice, nested too deeply.
nlohmann::json parse_pyfai_json(std::string const& text, std::string const& where);

/// A file that `given` names relative to the working directory or, if it is not there, to the folder of `beside`.
std::string found_beside(std::string const& given, std::string const& beside);

/// The keys of a set-up that make up its geometry, from pyFAI's versions 1 to 3 (in version 4 they are in "poni").
bool is_geometry_key(std::string_view key);

/// The PONI file that says the same as a set-up: its dictionary "poni", or the keys of older versions, over those of
/// the PONI file that it names if it is of version 1 or has no distance (pyFAI io/integration_config.py,
/// io/ponifile.py). `path` is the set-up's own. Throws input_error.
std::string poni_text_of(nlohmann::json const& setup, std::string const& path);

}  // namespace xrdct
