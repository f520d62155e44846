#pragma once
/// \file How fields are laid out: what their blocks and strides are made of.

namespace xrdct::cpu {

/// Fields hold their channels in blocks of this many, the last filled up with zeros: whole vectors on every machine.
inline constexpr int channel_block_bits = 6;
inline constexpr int channel_block = 1 << channel_block_bits;

/// Rows of zeros after the columns of a field: rays that pass beside the translations read them, and they keep strides
/// from being powers of two.
inline constexpr int padding_rows = 2;

}  // namespace xrdct::cpu
