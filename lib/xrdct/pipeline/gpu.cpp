#include "xrdct/pipeline/gpu.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/devices/device_team.hpp"
#include "xrdct/devices/mps.hpp"
#include "xrdct/devices/plugin.hpp"
#include "xrdct/pipeline/run_record.hpp"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace xrdct {
namespace {

/// Everyone's value to everyone.
template <class T>
std::vector<T> shared(communicator const& among, T const& mine) {
  auto all = among.collect(mine);
  among.share(all);
  return all;
}

/// Collective over all ranks; of several nodes, an error says on which it is.
template <class Work>
auto on_every_rank(communicator const& ranks, communicator const& node, Work&& work) {
  return together(ranks, [&] {
    try {
      return work();
    } catch (error const& e) {
      if (node.size() == ranks.size()) throw;
      throw runtime_failure(std::string(e.what()) + ", on " + host_name());
    }
  });
}

void advise(communicator const& ranks, device_member const& mine) {
  bool const in_turns = mine.size > 1 && !mps_is_there();
  auto const most = ranks.maximum(in_turns ? mine.size : 0);
  if (most > 0 && ranks.root()) log_warning(mps_advice(static_cast<int>(most)));
}

}  // namespace

std::unique_ptr<device> start_gpu(communicator const& ranks, std::filesystem::path const& plugin_path) {
  communicator const node = ranks.node();
  std::optional<device_plugin> plugin;
  auto const seen = on_every_rank(ranks, node, [&] {
    plugin.emplace(plugin_path);
    seen_devices uuids;
    for (auto const& one : plugin->devices()) uuids.push_back(uuid_text(one));
    return uuids;
  });
  auto const all = shared(node, seen);
  auto const mine =
      on_every_rank(ranks, node, [&] { return form_teams(all).at(static_cast<std::size_t>(node.rank())); });
  on_every_rank(ranks, node, [&] { plugin->open(mine.number); });
  // All have taken what they need to be there at all: what is free now is to be shared.
  auto const free = shared(node, on_every_rank(ranks, node, [&] { return plugin->memory(mine.number).free; }));
  auto const part = share_of_memory(free.at(static_cast<std::size_t>(mine.leader)), mine.size);
  // Nobody takes of it before all have seen how much it is.
  auto made = on_every_rank(ranks, node, [&] { return plugin->make(mine.number, part); });
  advise(ranks, mine);
  return made;
}

}  // namespace xrdct
