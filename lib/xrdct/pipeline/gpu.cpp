#include "xrdct/pipeline/gpu.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/devices/device_team.hpp"
#include "xrdct/devices/mps.hpp"
#include "xrdct/devices/plugin.hpp"
#include "xrdct/pipeline/run_record.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
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

/// A device of the plugin, and which it is.
class rank_gpu final : public device {
 public:
  rank_gpu(device_plugin plugin, int number, std::string uuid, std::unique_ptr<device> made)
      : plugin_(plugin), number_(number), uuid_(std::move(uuid)), made_(std::move(made)) {}

  std::string description() const override { return made_->description(); }
  std::unique_ptr<frame_reducer> make_reducer(reduction const& what, frame_format const& format) override {
    return made_->make_reducer(what, format);
  }
  void make_tables(reduction const& what, frame_format const& format, table_memory const& memory) override {
    made_->make_tables(what, format, memory);
  }
  std::unique_ptr<frame_reducer> make_reducer(std::span<std::byte const> tables) override {
    return made_->make_reducer(tables);
  }
  std::unique_ptr<tomograph> make_tomograph(scan_geometry const& geometry) override {
    return made_->make_tomograph(geometry);
  }
  std::unique_ptr<projector> make_projector(ray_list const& rays) override { return made_->make_projector(rays); }

  device_plugin const& plugin() const { return plugin_; }
  int number() const { return number_; }
  std::string const& uuid() const { return uuid_; }

 private:
  device_plugin plugin_;
  int number_;
  std::string uuid_;
  std::unique_ptr<device> made_;
};

/// Ranks come together by MPI.
class mpi_bootstrap final : public bootstrap {
 public:
  explicit mpi_bootstrap(communicator const& ranks) : ranks_(ranks) {}
  int rank() const override { return ranks_.rank(); }
  void share(std::span<std::byte> bytes, int from) override {
    std::vector<std::byte> all(bytes.begin(), bytes.end());
    ranks_.broadcast(all, from);
    std::ranges::copy(all, bytes.begin());
  }
  bool all(bool mine) override { return ranks_.minimum(mine ? 1 : 0) == 1; }

 private:
  communicator const& ranks_;
};

/// Collective. A number for each device of each node, by rank.
std::vector<int> number_teams(communicator const& ranks, std::string const& uuid) {
  auto const devices = shared(ranks, host_name() + " " + uuid);
  std::map<std::string, int> numbers;
  std::vector<int> teams;
  for (auto const& one : devices) teams.push_back(numbers.emplace(one, static_cast<int>(numbers.size())).first->second);
  return teams;
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
  return std::make_unique<rank_gpu>(*plugin, mine.number, seen.at(static_cast<std::size_t>(mine.number)),
                                    std::move(made));
}

std::unique_ptr<transport> make_transport(device const& by, communicator const& ranks, exchange_plan const& plan) {
  auto const* const gpu = dynamic_cast<rank_gpu const*>(&by);
  together(ranks, [&] {
    if (gpu == nullptr)
      throw runtime_failure("--gather nccl moves patterns between GPUs, but ranks compute by " + by.description() +
                            ": take --gather mpi or auto");
  });
  auto const shape = shape_of(plan, number_teams(ranks, gpu->uuid()));
  mpi_bootstrap among(ranks);
  return together(ranks, [&] {
    try {
      return gpu->plugin().make_transport(gpu->number(), shape, among);
    } catch (error const& e) {
      throw runtime_failure("--gather nccl: " + std::string(e.what()) + "; take --gather mpi or auto");
    }
  });
}

}  // namespace xrdct
