#pragma once
/// \file Crystal structures, and the powder lines that follow from them.

#include <string>
#include <string_view>
#include <vector>

namespace xrdct {

/// An atom of a unit cell, at fractional coordinates.
struct atom {
  int atomic_number = 0;
  double x = 0, y = 0, z = 0;
};

/// A unit cell with all its atoms (symmetry already applied).
struct unit_cell {
  std::string name;
  double a = 0, b = 0, c = 0;                ///< Å
  double alpha = 90, beta = 90, gamma = 90;  ///< degrees
  double displacement = 0.4;                 ///< B of the Debye–Waller factor exp(−B·sin²θ/λ²), Å²
  std::vector<atom> atoms;

  double volume() const;  ///< Å³
};

/// The structures that a simulation can be made of, by formula: CeO2 (fluorite), Si (diamond), Al2O3 (corundum), LaB6.
/// Throws usage_error that lists them on another name.
unit_cell known_cell(std::string_view formula);

/// All lattice planes of one distance: one ring of a powder.
struct reflection {
  int h = 0, k = 0, l = 0;  ///< one of the equivalent planes
  int multiplicity = 0;     ///< how many planes there are
  double d = 0;             ///< Å
  double strength = 0;      ///< Σ |F|² over these planes, electrons²
};

/// Every reflection with d ≥ `d_min` (Å) that the structure does not extinguish, in descending d. The atoms' form
/// factor is Wentzel's, f(q) = Z/(1 + q²R²) with R = a₀·Z^(−1/3), which is right to some 15 % and goes on smoothly to
/// high q.
std::vector<reflection> reflections(unit_cell const& cell, double d_min);

}  // namespace xrdct
