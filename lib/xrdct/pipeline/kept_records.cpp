#include "xrdct/pipeline/kept_records.hpp"

#include <bit>
#include <cstring>

namespace xrdct {
namespace {

// Sums are written as they are in memory.
static_assert(std::endian::native == std::endian::little);

template <class T>
void put(std::vector<std::byte>& to, std::size_t at, T value) {
  std::memcpy(to.data() + at, &value, sizeof value);
}

template <class T>
T get(std::span<std::byte const> from, std::size_t at) {
  T value{};
  std::memcpy(&value, from.data() + at, sizeof value);
  return value;
}

}  // namespace

std::vector<std::byte> packed(kept_frame const& frame) {
  std::vector<std::byte> bytes(kept_frame::bytes);
  put(bytes, 0, static_cast<std::uint32_t>(frame.status));
  put(bytes, 4, frame.detectors);
  put(bytes, 8, frame.cause);
  put(bytes, 12, frame.saturated);
  put(bytes, 16, frame.raw_sum);
  put(bytes, 24, static_cast<std::uint32_t>(frame.has_sums));
  return bytes;
}

std::optional<kept_frame> unpacked_frame(std::span<std::byte const> payload, std::size_t values) {
  if (payload.size() < kept_frame::bytes) return {};
  kept_frame const frame{static_cast<frame_status>(get<std::uint32_t>(payload, 0)),
                         get<std::uint32_t>(payload, 4),
                         get<std::uint32_t>(payload, 8),
                         get<std::uint32_t>(payload, 12),
                         get<double>(payload, 16),
                         get<std::uint32_t>(payload, 24) != 0};
  if (payload.size() - kept_frame::bytes != (frame.has_sums ? values * sizeof(float) : 0)) return {};
  return frame;
}

std::vector<std::byte> packed(kept_mark const& mark) {
  std::vector<std::byte> bytes(kept_mark::bytes);
  put(bytes, 0, mark.rank);
  put(bytes, 4, mark.ranks);
  put(bytes, 8, mark.reduced);
  put(bytes, 16, mark.seconds);
  return bytes;
}

std::optional<kept_mark> unpacked_mark(std::span<std::byte const> payload) {
  if (payload.size() != kept_mark::bytes) return {};
  return kept_mark{get<std::uint32_t>(payload, 0), get<std::uint32_t>(payload, 4), get<std::uint64_t>(payload, 8),
                   get<double>(payload, 16)};
}

std::vector<std::byte> packed(kept_state const& state) {
  std::vector<std::byte> bytes(kept_state::bytes);
  put(bytes, 0, state.layer);
  put(bytes, 8, state.first);
  put(bytes, 16, state.count);
  put(bytes, 24, state.worker);
  put(bytes, 28, state.workers);
  put(bytes, 32, state.iteration);
  put(bytes, 36, static_cast<std::uint32_t>(state.is_final));
  return bytes;
}

std::optional<kept_state> unpacked_state(std::span<std::byte const> payload) {
  if (payload.size() < kept_state::bytes) return {};
  return kept_state{get<std::uint64_t>(payload, 0),      get<std::uint64_t>(payload, 8),
                    get<std::uint64_t>(payload, 16),     get<std::uint32_t>(payload, 24),
                    get<std::uint32_t>(payload, 28),     get<std::int32_t>(payload, 32),
                    get<std::uint32_t>(payload, 36) != 0};
}

}  // namespace xrdct
