#pragma once
/// \file A file of records that are only ever appended, so that whatever ends a run, what was written before is good.
///
/// A record is a head of 48 bytes (a mark, the run's number, kind, key, length of the payload, checksums of payload and
/// head, all little-endian) and its payload. The checksum of the head covers the run, the length and the payload's
/// checksum, so that no length is believed before it was checked.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace xrdct {

/// What a record is, besides its payload. What kinds and keys mean, their users know.
struct shard_record {
  std::uint64_t run = 0;
  std::uint32_t kind = 0;
  std::uint64_t key = 0;
};

/// Writes a new shard. Used by one thread at a time.
class shard_writer {
 public:
  /// Throws runtime_failure where there is a file of this name, or none can be made.
  shard_writer(std::string path, std::uint64_t run);
  ~shard_writer();
  shard_writer(shard_writer const&) = delete;
  shard_writer& operator=(shard_writer const&) = delete;

  /// Appends a record whose payload is these parts, one after the other. Where it cannot be written whole, what was
  /// written of it is taken back and runtime_failure is thrown: records that follow are as good as those before.
  void append(std::uint32_t kind, std::uint64_t key, std::span<std::span<std::byte const> const> payload);
  /// Returns when the disk has all of it. Throws runtime_failure.
  void flush();
  std::string const& path() const { return path_; }

 private:
  std::string path_;
  std::uint64_t run_;
  int file_ = -1;
  std::uint64_t end_ = 0;  // of the last good record
};

/// Reads a shard, which may hold anything. Never throws on account of what it holds.
class shard_reader {
 public:
  /// Of payloads longer than `longest` bytes none is good. A file that cannot be opened is one without records, and
  /// problem() says why.
  shard_reader(std::string const& path, std::uint64_t longest);
  ~shard_reader();
  shard_reader(shard_reader const&) = delete;
  shard_reader& operator=(shard_reader const&) = delete;

  /// The record at the place where the last one ended, or the first one; its payload is put into `payload`. Records
  /// whose payload is damaged are passed over and counted; at a damaged head nothing more is read, as nobody knows
  /// where the next one begins. Nothing at the end.
  std::optional<shard_record> next(std::vector<std::byte>& payload);
  /// Where the record that next() gave begins.
  std::uint64_t place() const { return place_; }
  /// The record that begins at `place`; nothing where it is not good.
  std::optional<shard_record> at(std::uint64_t place, std::vector<std::byte>& payload);

  /// Records that were passed over.
  std::uint64_t damaged() const { return damaged_; }
  /// Bytes at the end that no good record takes, when next() gave nothing.
  std::uint64_t left_over() const { return size_ - end_; }
  /// Whether these may be a record that was being written when its writer died: a part of one, and nothing after it.
  bool torn() const { return torn_; }
  /// Why there is nothing to read; empty where there is.
  std::string const& problem() const { return problem_; }

 private:
  enum class finding { good, damaged_payload, damaged_head, torn };
  finding read(std::uint64_t place, shard_record& record, std::uint64_t& length, std::vector<std::byte>& payload);
  bool read_bytes(std::uint64_t place, std::span<std::byte> bytes);

  int file_ = -1;
  std::uint64_t longest_;
  std::uint64_t size_ = 0;
  std::uint64_t place_ = 0;
  std::uint64_t end_ = 0;
  std::uint64_t damaged_ = 0;
  bool torn_ = false;
  std::string problem_;
};

}  // namespace xrdct
