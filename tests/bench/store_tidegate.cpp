#include <atomic>
#include <utility>
#include <vector>

#include "gateway/store/format.hpp"
#include "tests/bench/store_options.hpp"
#include "tests/bench/store_subject.hpp"

namespace tidegate::bench {

namespace {

/// A file whose reads are counted.
class CountedFile final : public File {
 public:
  CountedFile(std::unique_ptr<File> file, std::atomic<std::uint64_t>& reads) : file_(std::move(file)), reads_(reads) {}
  Result<std::size_t> read_at(std::uint64_t position, std::span<std::byte> out) override {
    ++reads_;
    return file_->read_at(position, out);
  }
  Result<void> write_at(std::uint64_t position, Bytes bytes) override { return file_->write_at(position, bytes); }
  Result<void> sync_data() override { return file_->sync_data(); }
  Result<std::uint64_t> size() override { return file_->size(); }
  void drop_cache() override { file_->drop_cache(); }

 private:
  std::unique_ptr<File> file_;
  std::atomic<std::uint64_t>& reads_;
};

class CountingDisk final : public Disk {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    auto file = disk_.open(path, mode);
    if (!file) return file;
    return std::unique_ptr<File>(std::make_unique<CountedFile>(std::move(*file), reads));
  }
  Result<void> rename(const std::string& from, const std::string& to) override { return disk_.rename(from, to); }
  Result<void> remove(const std::string& path) override { return disk_.remove(path); }
  Result<void> create_directory(const std::string& path) override { return disk_.create_directory(path); }
  Result<std::vector<std::string>> list(const std::string& path) override { return disk_.list(path); }
  Result<void> sync_directory(const std::string& path) override { return disk_.sync_directory(path); }
  Result<std::uint64_t> free_bytes(const std::string& path) override { return disk_.free_bytes(path); }

  std::atomic<std::uint64_t> reads{0};

 private:
  SystemDisk disk_;
};

/// The log alone, without the store's threads: what a commit of the disk thread costs.
class TidegateLog final : public Subject {
 public:
  TidegateLog(const std::string& directory, store::Compression compression) {
    auto log = store::Log::open(log_options(directory, compression), disk_, random_, events_, metrics_);
    if (!log) give_up(log.error().message);
    log_ = std::move(*log);
    reads_of_open_ = disk_.reads;
  }

  void commit(std::span<const Item> items, std::optional<std::uint64_t> confirmed) override {
    store::CommitBatch batch;
    std::vector<store::RecordWriter> runs(kStreams, store::RecordWriter(boot_));
    for (const Item& item : items) runs[item.stream].add(item.message);
    for (std::uint16_t stream = 0; stream < kStreams; ++stream) {
      const std::uint32_t count = runs[stream].count();
      if (count > 0) batch.sections.push_back({{stream}, log_->state({stream}).next, count, runs[stream].take()});
    }
    if (confirmed) batch.cursors.push_back({{0}, std::string(kUpstream), Lane{}, Offset{*confirmed}});
    if (auto done = log_->commit(batch); !done) give_up(done.error().message);
  }

  bool read_oldest() override {
    const auto read = log_->read({0}, log_->state({0}).first, 1, {});
    return read && !read->sections.empty();
  }

  [[nodiscard]] std::optional<std::uint64_t> reads_of_open() const override { return reads_of_open_; }

 private:
  CountingDisk disk_;
  SystemRandom random_;
  SilentLog events_;
  Metrics metrics_;
  const BootId boot_ = SystemClock().boot_id();
  std::unique_ptr<store::Log> log_;
  std::uint64_t reads_of_open_ = 0;
};

}  // namespace

std::unique_ptr<Subject> open_tidegate(const std::string& directory) {
  return std::make_unique<TidegateLog>(directory, store::Compression::kNone);
}

std::unique_ptr<Subject> open_tidegate_zstd(const std::string& directory) {
  return std::make_unique<TidegateLog>(directory, store::Compression::kZstd);
}

}  // namespace tidegate::bench
