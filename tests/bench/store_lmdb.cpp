#include <lmdb.h>

#include "tests/bench/store_subject.hpp"

namespace tidegate::bench {

namespace {

void check(int code) {
  if (code != MDB_SUCCESS) give_up(std::string("LMDB: ") + mdb_strerror(code));
}

MDB_val as_val(std::string& text) { return {text.size(), text.data()}; }

class Lmdb final : public Subject {
 public:
  explicit Lmdb(const std::string& directory) {
    constexpr std::size_t kMapBytes = 512 << 20;
    check(mdb_env_create(&environment_));
    check(mdb_env_set_mapsize(environment_, kMapBytes));
    check(mdb_env_set_maxdbs(environment_, 2));
    check(mdb_env_open(environment_, directory.c_str(), 0, 0640));
    MDB_txn* transaction = begin(0);
    check(mdb_dbi_open(transaction, "messages", MDB_CREATE, &messages_));
    check(mdb_dbi_open(transaction, "positions", MDB_CREATE, &positions_));
    check(mdb_txn_commit(transaction));
  }
  ~Lmdb() override { mdb_env_close(environment_); }
  Lmdb(const Lmdb&) = delete;
  Lmdb& operator=(const Lmdb&) = delete;

  void commit(std::span<const Item> items, std::optional<std::uint64_t> confirmed) override {
    MDB_txn* transaction = begin(0);
    for (const Item& item : items)
      put(transaction, messages_, key_of(item.stream, item.offset), value_of(item.message));
    if (confirmed) {
      trim(transaction, *confirmed);
      put(transaction, positions_, key_of(0, 0), key_of(0, *confirmed));
    }
    check(mdb_txn_commit(transaction));
  }

  bool read_oldest() override {
    MDB_txn* transaction = begin(MDB_RDONLY);
    MDB_cursor* cursor = nullptr;
    check(mdb_cursor_open(transaction, messages_, &cursor));
    MDB_val key{};
    MDB_val value{};
    const bool found = mdb_cursor_get(cursor, &key, &value, MDB_FIRST) == MDB_SUCCESS;
    mdb_cursor_close(cursor);
    mdb_txn_abort(transaction);
    return found;
  }

 private:
  MDB_txn* begin(unsigned flags) {
    MDB_txn* transaction = nullptr;
    check(mdb_txn_begin(environment_, nullptr, flags, &transaction));
    return transaction;
  }

  static void put(MDB_txn* transaction, MDB_dbi database, std::string key, std::string value) {
    MDB_val key_val = as_val(key);
    MDB_val value_val = as_val(value);
    check(mdb_put(transaction, database, &key_val, &value_val, 0));
  }

  void trim(MDB_txn* transaction, std::uint64_t confirmed) {
    const std::string end = key_of(0, confirmed);
    MDB_cursor* cursor = nullptr;
    check(mdb_cursor_open(transaction, messages_, &cursor));
    MDB_val key{};
    MDB_val value{};
    while (mdb_cursor_get(cursor, &key, &value, MDB_FIRST) == MDB_SUCCESS &&
           std::string_view(static_cast<const char*>(key.mv_data), key.mv_size) < end)
      check(mdb_cursor_del(cursor, 0));
    mdb_cursor_close(cursor);
  }

  MDB_env* environment_ = nullptr;
  MDB_dbi messages_ = 0;
  MDB_dbi positions_ = 0;
};

}  // namespace

std::unique_ptr<Subject> open_lmdb(const std::string& directory) { return std::make_unique<Lmdb>(directory); }

}  // namespace tidegate::bench
