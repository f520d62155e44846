#pragma once
/// \file Ranks of a node that share its devices: who works on which, and with how much of its memory. Only arithmetic:
/// no device is asked.

#include <cstdint>
#include <string>
#include <vector>

namespace xrdct {

/// What a rank of a node sees: the devices' UUIDs in the order of their numbers, as its launcher bound it
/// (CUDA_VISIBLE_DEVICES). Ranks may see different ones, or the same under different numbers.
using seen_devices = std::vector<std::string>;

/// A rank among those that share its device.
struct device_member {
  int number = 0;  ///< of the device, as this rank numbers those that it sees
  int rank = 0;    ///< in the team, by ranks of the node
  int size = 1;    ///< of the team
  int leader = 0;  ///< the team's rank 0, as the node numbers its ranks
};

/// One for each rank of the node, from what each sees. A rank joins the smallest team among its devices', in the order
/// of ranks; of equal ones that of its lowest number. Throws runtime_failure where a rank sees none.
std::vector<device_member> form_teams(std::vector<seen_devices> const& seen);

/// Bytes of a device that each of `ranks` may take, of those that are free when all have opened it: nine tenths,
/// evenly. The rest is for what is not counted: code of kernels that are loaded late, fragments, and stacks.
std::uint64_t share_of_memory(std::uint64_t free, int ranks);

}  // namespace xrdct
