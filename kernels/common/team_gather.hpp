#pragma once
/// \file A gather, round by round: what each rank waits for and does next. How bytes are moved is a link's affair.

#include "kernels/common/gather_plan.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <stdexcept>
#include <utility>
#include <vector>

namespace xrdct {

/// What members of a team tell each other, as numbers that only grow.
enum class gather_step : std::uint8_t {
  put,   ///< rounds of which this rank has put all that it gives into the team's memory
  sent,  ///< rounds whose sections the leader has sent and received
  got,   ///< rounds of which this rank has got all that it takes
};
inline constexpr int gather_steps = 3;

/// A link has, for one rank,
///   - put(host_rows from, std::uint64_t to): starts to copy into the team's memory for giving
///   - get(bool given, std::uint64_t from, host_rows to): starts to copy out of that for giving, or for taking
///   - copied(): whether all that was started has arrived, for everyone of the team
///   - exchange(gives, takes): the leader alone; starts to send and to receive sections, those of its own team left out
///   - exchanged(): whether that is over
///   - tell(step, count), heard(member, step): by member of the team, 0 being the leader
template <class Link>
class team_gather : public transport {
 public:
  team_gather(gather_plan plan, Link link) : plan_(std::move(plan)), link_(std::move(link)) {}

  std::string description() const override { return link_.description(); }

  void start(std::vector<host_rows> give, std::vector<host_rows> take) override {
    auto const count = static_cast<std::size_t>(plan_.ranks());
    auto const round = static_cast<int>(round_ + waiting_.size());
    if (give.size() != count || take.size() != count || round >= plan_.rounds())
      throw std::invalid_argument("a round of a gather that is not planned");
    for (int r = 0; r < plan_.ranks(); ++r) {
      auto const &out = give[static_cast<std::size_t>(r)], &in = take[static_cast<std::size_t>(r)];
      if (r == plan_.rank()) continue;
      if (out.rows * out.length != plan_.bytes(round, plan_.rank(), r) ||
          in.rows * in.length != plan_.bytes(round, r, plan_.rank()))
        throw std::invalid_argument("a round of a gather of another size than planned");
    }
    waiting_.push_back({std::move(give), std::move(take)});
  }

  bool poll() override {
    while (true) {
      if (plan_.leads()) lead();
      if (!advance()) return waiting_.empty();
    }
  }

 private:
  struct round_memory {
    std::vector<host_rows> give, take;
  };
  enum class state : std::uint8_t { idle, putting, sending, getting };

  std::vector<int> const& team() const { return plan_.members(plan_.team()); }
  std::uint64_t least(gather_step step) const {
    auto least = link_.heard(0, step);
    for (int m = 1; m < static_cast<int>(team().size()); ++m) least = std::min(least, link_.heard(m, step));
    return least;
  }

  /// What leaders do besides: a round's sections travel once all members have put theirs.
  void lead() {
    if (exchanging_) {
      if (!link_.exchanged()) return;
      exchanging_ = false;
      link_.tell(gather_step::sent, ++led_);
    }
    if (led_ == static_cast<std::uint64_t>(plan_.rounds()) || least(gather_step::put) <= led_) return;
    auto const round = static_cast<int>(led_);
    link_.exchange(plan_.gives(round), plan_.takes(round));
    exchanging_ = true;
  }

  /// Whether anything changed.
  bool advance() {
    switch (state_) {
      case state::idle:
        // The memory is free again when all have got what was in it.
        if (waiting_.empty() || least(gather_step::got) < round_) return false;
        put_all();
        state_ = state::putting;
        return true;
      case state::putting:
        if (!link_.copied()) return false;
        link_.tell(gather_step::put, round_ + 1);
        state_ = state::sending;
        return true;
      case state::sending:
        if (link_.heard(0, gather_step::sent) <= round_) return false;
        get_all();
        state_ = state::getting;
        return true;
      case state::getting:
        if (!link_.copied()) return false;
        link_.tell(gather_step::got, ++round_);
        waiting_.pop_front();
        state_ = state::idle;
        return true;
    }
    return false;
  }
  void put_all() {
    auto const round = static_cast<int>(round_);
    for (int to = 0; to < plan_.ranks(); ++to)
      if (plan_.bytes(round, plan_.rank(), to) > 0)
        link_.put(waiting_.front().give[static_cast<std::size_t>(to)], plan_.place_to_give(round, plan_.rank(), to));
  }
  void get_all() {
    auto const round = static_cast<int>(round_);
    for (int from = 0; from < plan_.ranks(); ++from) {
      if (plan_.bytes(round, from, plan_.rank()) == 0) continue;
      bool const in_team = plan_.team_of(from) == plan_.team();
      link_.get(
          in_team,
          in_team ? plan_.place_to_give(round, from, plan_.rank()) : plan_.place_to_take(round, from, plan_.rank()),
          waiting_.front().take[static_cast<std::size_t>(from)]);
    }
  }

  gather_plan plan_;
  Link link_;
  std::deque<round_memory> waiting_;
  state state_ = state::idle;
  std::uint64_t round_ = 0;  // that this rank is in
  std::uint64_t led_ = 0;    // rounds that are sent
  bool exchanging_ = false;
};

}  // namespace xrdct
