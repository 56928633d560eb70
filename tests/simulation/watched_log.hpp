#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "gateway/store/log.hpp"
#include "tests/simulation/promises.hpp"
#include "tests/simulation/sim_disk.hpp"

namespace tidegate::simulation {

/// What happened, for the figures of a run; `violation` is what went wrong.
struct Outcome {
  Violation violation;
  std::uint64_t commits = 0;
  std::uint64_t cuts = 0;
  std::uint64_t cuts_in_open = 0;
  std::uint64_t refusals = 0;         ///< Commits that found no space.
  std::uint64_t growing_commits = 0;  ///< Commits whose flush had to store a new size of the file.
  std::uint64_t evictions = 0;        ///< Evicted ranges that were read.
  std::uint64_t drops = 0;            ///< Commits that dropped what was too old.
  std::uint64_t rotten_records = 0;   ///< Records read as a Skip with that reason.
  std::uint64_t relocated_bytes = 0;
  std::uint64_t pools_set_aside = 0;  ///< Pools that were found and could not be read.
  std::uint64_t most_reads_in_open = 0;

  /// Counts another history in; its violation is not taken over.
  void add(const Outcome& other);
};
std::ostream& operator<<(std::ostream& out, const Outcome& outcome);

/// How seldom a log may open in peace. A cut falls within the calls of an open, or soon after.
struct Unrest {
  std::uint64_t cut_opens_percent = 50;     ///< Of the opens that are cut.
  std::uint64_t max_calls_to_cut = 30;      ///< An open of an existing pool makes about twelve.
  std::uint64_t program_only_percent = 30;  ///< Of the cuts, anywhere, that end only the program.
};

/// A log on a disk that may fail or lose its power in any call. Each call is made, what may go wrong is seen to (the
/// log is opened anew after a cut), and everything the log answers is held against its promises.
///
/// Streams are named by their number in the options as first given; the log is opened with them in ever another order.
/// After the first violation every call does nothing.
class WatchedLog {
 public:
  WatchedLog(store::LogOptions options, std::size_t max_payload_bytes, SimDisk& disk, Random& store_random,
             EventLog& events, std::uint64_t seed, Unrest unrest = {});

  [[nodiscard]] const Outcome& outcome() const { return outcome_; }
  [[nodiscard]] bool sound() const { return !outcome_.violation; }
  [[nodiscard]] std::size_t streams() const { return streams_.size(); }
  [[nodiscard]] const StreamPromises& promises(std::size_t stream) const { return streams_[stream]; }

  /// Ends the log as it is, if it is open, and opens it again, through as many cuts as it takes.
  void open();
  void close();
  /// The next open is on another board.
  void change_board() { board_changes_ = true; }

  /// Whether records that were appended could not be committed yet: they are to go first.
  [[nodiscard]] bool waiting() const { return !appended_.empty(); }
  [[nodiscard]] std::uint64_t appended_bytes() const { return appended_bytes_; }
  /// Records for the next commit, at most once a stream; none if the stream refuses.
  void append(std::size_t stream, const std::vector<std::uint64_t>& numbers);
  void move_cursor(std::size_t stream, const std::string& upstream, Offset position);
  /// Everything before `to` is too old; dropped with the next commit.
  void drop(std::size_t stream, Offset to) { streams_[stream].ask_drop(to); }
  /// Commits what was appended, the moved cursors and the drops. What fails stays to be committed again, as the store
  /// does it.
  void commit();
  void commit_cursors();
  void commit_drops();
  /// From now on what is committed together is not in one frame: a store that breaks what it promises of a batch.
  void split_commits() { split_commits_ = true; }
  void begin_incarnation(std::size_t stream);

  /// Reads once; with an outdated hint now and then.
  void read(std::size_t stream, Offset from, std::size_t max_bytes);
  /// Reads up to the end.
  void read_all(std::size_t stream, Offset from);

  /// See StreamPromises.
  void allow_rot(std::size_t stream, Offset from, Offset to) { streams_[stream].allow_rot(from, to); }

  /// From now on nothing fails and there is space: everything must work again.
  void expect_success() { excused_ = false; }

 private:
  void try_open();
  void settle();
  void check_states();
  bool commit_appended();
  bool commit_once(const store::CommitBatch& batch);
  void check_refusal(const store::CommitBatch& batch);
  [[nodiscard]] std::vector<store::Cursor> moved_cursors() const;
  [[nodiscard]] std::vector<store::Drop> asked_drops() const;
  [[nodiscard]] store::CommitBatch as_configured(store::CommitBatch batch) const;
  [[nodiscard]] StreamIndex index_of(std::size_t stream) const;
  std::optional<Offset> read_once(std::size_t stream, Offset from, std::size_t max_bytes);
  [[nodiscard]] bool crowded() const;
  bool accept(const Error* error, const std::string& call);
  void fail(const std::string& words);

  store::LogOptions options_;
  std::size_t max_payload_bytes_;
  Unrest unrest_;
  SimDisk& disk_;
  Random& store_random_;
  EventLog& events_;
  SeededRandom random_;
  std::unique_ptr<Metrics> metrics_;
  std::vector<StreamPromises> streams_;
  std::vector<std::size_t> order_;  // number of the stream at each index
  std::vector<store::ReadHint> hints_;
  std::unique_ptr<store::Log> log_;
  std::vector<store::Section> appended_;  // not acknowledged yet
  std::uint64_t boots_ = 0;
  std::uint64_t boards_ = 0;
  bool board_changes_ = false;
  std::uint64_t faults_seen_ = 0;
  std::uint64_t appended_bytes_ = 0;
  std::uint64_t written_at_open_ = 0;
  bool excused_ = true;
  bool split_commits_ = false;
  bool out_of_space_ = false;  // the last commit was
  Outcome outcome_;
};

}  // namespace tidegate::simulation
