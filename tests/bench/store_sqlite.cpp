#include <sqlite3.h>

#include "tests/bench/store_subject.hpp"

namespace tidegate::bench {

namespace {

class Sqlite final : public Subject {
 public:
  explicit Sqlite(const std::string& directory) {
    check(sqlite3_open((directory + "/messages.db").c_str(), &database_));
    run("PRAGMA journal_mode=WAL");
    run("PRAGMA synchronous=FULL");
    run("CREATE TABLE IF NOT EXISTS messages (stream INTEGER, offset INTEGER, value BLOB, PRIMARY KEY (stream, "
        "offset)) "
        "WITHOUT ROWID");
    run("CREATE TABLE IF NOT EXISTS positions (stream INTEGER PRIMARY KEY, offset INTEGER)");
    insert_ = prepare("INSERT INTO messages VALUES (?1, ?2, ?3)");
    trim_ = prepare("DELETE FROM messages WHERE stream = 0 AND offset < ?1");
    position_ = prepare("INSERT OR REPLACE INTO positions VALUES (0, ?1)");
    oldest_ = prepare("SELECT value FROM messages WHERE stream = 0 ORDER BY offset LIMIT 1");
  }
  ~Sqlite() override {
    for (sqlite3_stmt* statement : {insert_, trim_, position_, oldest_}) sqlite3_finalize(statement);
    sqlite3_close(database_);
  }
  Sqlite(const Sqlite&) = delete;
  Sqlite& operator=(const Sqlite&) = delete;

  void commit(std::span<const Item> items, std::optional<std::uint64_t> confirmed) override {
    run("BEGIN");
    for (const Item& item : items) {
      const std::string value = value_of(item.message);
      check(sqlite3_bind_int(insert_, 1, item.stream));
      check(sqlite3_bind_int64(insert_, 2, static_cast<sqlite3_int64>(item.offset)));
      check(sqlite3_bind_blob(insert_, 3, value.data(), static_cast<int>(value.size()), nullptr));
      step(insert_);
    }
    for (sqlite3_stmt* statement : {trim_, position_}) {
      if (!confirmed) break;
      check(sqlite3_bind_int64(statement, 1, static_cast<sqlite3_int64>(*confirmed)));
      step(statement);
    }
    run("COMMIT");
  }

  bool read_oldest() override {
    const bool found = sqlite3_step(oldest_) == SQLITE_ROW;
    sqlite3_reset(oldest_);
    return found;
  }

 private:
  void check(int code) {
    if (code != SQLITE_OK) give_up(std::string("SQLite: ") + sqlite3_errmsg(database_));
  }
  void run(const char* words) { check(sqlite3_exec(database_, words, nullptr, nullptr, nullptr)); }
  sqlite3_stmt* prepare(const char* words) {
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v2(database_, words, -1, &statement, nullptr));
    return statement;
  }
  void step(sqlite3_stmt* statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) check(SQLITE_ERROR);
    sqlite3_reset(statement);
  }

  sqlite3* database_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* trim_ = nullptr;
  sqlite3_stmt* position_ = nullptr;
  sqlite3_stmt* oldest_ = nullptr;
};

}  // namespace

std::unique_ptr<Subject> open_sqlite(const std::string& directory) { return std::make_unique<Sqlite>(directory); }

}  // namespace tidegate::bench
