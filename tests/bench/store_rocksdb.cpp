#include <rocksdb/db.h>

#include "tests/bench/store_subject.hpp"

namespace tidegate::bench {

namespace {

void check(const rocksdb::Status& status) {
  if (!status.ok()) give_up("RocksDB: " + status.ToString());
}

class RocksDb final : public Subject {
 public:
  explicit RocksDb(const std::string& directory) {
    rocksdb::Options options;
    options.create_if_missing = true;
    rocksdb::DB* database = nullptr;
    check(rocksdb::DB::Open(options, directory + "/messages", &database));
    database_.reset(database);
    durably_.sync = true;
  }

  void commit(std::span<const Item> items, std::optional<std::uint64_t> confirmed) override {
    rocksdb::WriteBatch batch;
    for (const Item& item : items) batch.Put(key_of(item.stream, item.offset), value_of(item.message));
    if (confirmed) {
      batch.DeleteRange(key_of(0, 0), key_of(0, *confirmed));
      batch.Put("position", key_of(0, *confirmed));
    }
    check(database_->Write(durably_, &batch));
  }

  bool read_oldest() override {
    const std::unique_ptr<rocksdb::Iterator> iterator(database_->NewIterator({}));
    iterator->Seek(key_of(0, 0));
    return iterator->Valid();
  }

 private:
  std::unique_ptr<rocksdb::DB> database_;
  rocksdb::WriteOptions durably_;
};

}  // namespace

std::unique_ptr<Subject> open_rocksdb(const std::string& directory) { return std::make_unique<RocksDb>(directory); }

}  // namespace tidegate::bench
