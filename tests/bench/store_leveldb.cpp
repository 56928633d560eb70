#include <leveldb/db.h>
#include <leveldb/write_batch.h>

#include "tests/bench/store_subject.hpp"

namespace tidegate::bench {

namespace {

void check(const leveldb::Status& status) {
  if (!status.ok()) give_up("LevelDB: " + status.ToString());
}

class LevelDb final : public Subject {
 public:
  explicit LevelDb(const std::string& directory) {
    leveldb::Options options;
    options.create_if_missing = true;
    leveldb::DB* database = nullptr;
    check(leveldb::DB::Open(options, directory + "/messages", &database));
    database_.reset(database);
    durably_.sync = true;
  }

  void commit(std::span<const Item> items, std::optional<std::uint64_t> confirmed) override {
    leveldb::WriteBatch batch;
    for (const Item& item : items) batch.Put(key_of(item.stream, item.offset), value_of(item.message));
    if (confirmed) {
      for (; begin_ < *confirmed; ++begin_) batch.Delete(key_of(0, begin_));
      batch.Put("position", key_of(0, *confirmed));
    }
    check(database_->Write(durably_, &batch));
  }

  bool read_oldest() override {
    const std::unique_ptr<leveldb::Iterator> iterator(database_->NewIterator({}));
    iterator->Seek(key_of(0, 0));
    return iterator->Valid();
  }

 private:
  std::unique_ptr<leveldb::DB> database_;
  leveldb::WriteOptions durably_;
  std::uint64_t begin_ = 0;  // of what was not given up
};

}  // namespace

std::unique_ptr<Subject> open_leveldb(const std::string& directory) { return std::make_unique<LevelDb>(directory); }

}  // namespace tidegate::bench
