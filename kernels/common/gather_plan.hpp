#pragma once
/// \file Who gives what to whom, and where it lies on the way: only arithmetic.

#include "xrdct/kernels/transport.hpp"

#include <cstdint>
#include <vector>

namespace xrdct {

/// One rank's view of a gather. Ranks of a team put what they give into memory that they share, section by section: one
/// for every team that it goes to. Their leader sends each section to the other team's leader, in one piece, and
/// receives a section of theirs; what stays in the team is taken from where it was put.
class gather_plan {
 public:
  /// A section of what a team gives or takes.
  struct section {
    int team = 0;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
  };

  /// Throws std::invalid_argument where lengths of the shape contradict each other, or a team has no ranks.
  gather_plan(gather_shape shape, int rank);

  int rank() const { return rank_; }
  int ranks() const { return static_cast<int>(shape_.lengths.size()); }
  int rounds() const { return static_cast<int>(shape_.rows.size()); }
  int teams() const { return static_cast<int>(members_.size()); }
  int team() const { return team_of(rank_); }
  int team_of(int rank) const { return shape_.teams[static_cast<std::size_t>(rank)]; }
  /// In ascending order; the first one leads.
  std::vector<int> const& members(int team) const { return members_[static_cast<std::size_t>(team)]; }
  bool leads() const { return members(team()).front() == rank_; }

  /// What one rank gives another in a round; nothing to itself.
  std::uint64_t bytes(int round, int from, int to) const;
  /// Sections of this team's memory for giving, one a team, its own among them; and of that for taking, of which its
  /// own is empty.
  std::vector<section> gives(int round) const;
  std::vector<section> takes(int round) const;
  /// Where in this team's memory for giving a member's gift to any rank begins.
  std::uint64_t place_to_give(int round, int from, int to) const;
  /// Where in this team's memory for taking that of another team's rank to a member begins.
  std::uint64_t place_to_take(int round, int from, int to) const;
  /// Bytes of the longest round.
  std::uint64_t most_given() const;
  std::uint64_t most_taken() const;

 private:
  std::uint64_t section_bytes(int round, int from_team, int to_team) const;
  /// Of a pair within the section of its teams.
  std::uint64_t within_section(int round, int from, int to) const;

  gather_shape shape_;
  int rank_;
  std::vector<std::vector<int>> members_;
};

}  // namespace xrdct
