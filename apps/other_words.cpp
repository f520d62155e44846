#include "apps/other_words.hpp"

#include "xrdct/base/text.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace xrdct::app {
namespace {

/// Of pyFAI (integrate1d_ng's parameters), silx, ASTRA, TomoPy, scikit-image, and of conversation. Without dashes.
constexpr std::array<std::pair<std::string_view, std::string_view>, 48> words{{
    {"npt", "bins"},
    {"nptrad", "bins"},
    {"channels", "bins"},
    {"nbins", "bins"},
    {"nptazim", "azimuth-bins"},
    {"sectors", "azimuth-bins"},
    {"qrange", "radial-range"},
    {"tthrange", "radial-range"},
    {"range", "radial-range"},
    {"chirange", "azimuth-range"},
    {"azimuthrange", "azimuth-range"},
    {"method", "split"},
    {"splitting", "split"},
    {"pixelsplitting", "split"},
    {"polarizationfactor", "polarization"},
    {"correctsolidangle", "no-solid-angle"},
    {"solidangle", "no-solid-angle"},
    {"normalizationfactor", "normalization"},
    {"i0", "monitor"},
    {"calibration", "poni"},
    {"calib", "poni"},
    {"geometry", "poni"},
    {"omega", "rotation"},
    {"theta", "rotation"},
    {"angle", "rotation"},
    {"angles", "rotation"},
    {"rot", "rotation"},
    {"dty", "translation"},
    {"diffty", "translation"},
    {"y", "translation"},
    {"height", "layer"},
    {"z", "layer"},
    {"center", "axis"},
    {"centre", "axis"},
    {"cor", "axis"},
    {"rotationcenter", "axis"},
    {"rotationaxis", "axis"},
    {"niter", "iterations"},
    {"iters", "iterations"},
    {"filtername", "filter"},
    {"window", "filter"},
    {"positivity", "non-negative"},
    {"nprocs", "threads"},
    {"nthreads", "threads"},
    {"jobs", "threads"},
    {"out", "output"},
    {"force", "overwrite"},
    {"verbose", "log-level"},
}};

}  // namespace

std::string_view option_meant_by(std::string_view word) {
  std::string plain = lower(word);
  std::erase_if(plain, [](char c) { return c == '-' || c == '_'; });
  auto const found = std::ranges::find(words, plain, &std::pair<std::string_view, std::string_view>::first);
  return found == words.end() ? std::string_view() : found->second;
}

}  // namespace xrdct::app
