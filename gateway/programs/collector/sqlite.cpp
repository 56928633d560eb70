#include "gateway/programs/collector/sqlite.hpp"

#include <sqlite3.h>

namespace tidegate::collector {
namespace {

ErrorKind kind_of(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL: return ErrorKind::kNoSpace;
    case SQLITE_READONLY:
    case SQLITE_PERM: return ErrorKind::kReadOnly;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ErrorKind::kCorrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return ErrorKind::kUnavailable;
    case SQLITE_CANTOPEN: return ErrorKind::kNotFound;
    default: return ErrorKind::kIo;
  }
}

constexpr int kBusyTimeoutMs = 5000;

}  // namespace

Result<Sqlite> Sqlite::open(const std::string& path, bool read_only) {
  sqlite3* handle = nullptr;
  const int flags = (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Sqlite database(handle);
  if (code != SQLITE_OK)
    return Error{kind_of(code), path + ": " + (handle != nullptr ? sqlite3_errmsg(handle) : "out of memory")};
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  return database;
}

Result<void> Sqlite::run(const char* sql) {
  if (sqlite3_exec(handle(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) return last_error();
  return {};
}

Error Sqlite::last_error() const { return {kind_of(sqlite3_extended_errcode(handle())), sqlite3_errmsg(handle())}; }

std::uint64_t Sqlite::changes() const { return static_cast<std::uint64_t>(sqlite3_changes64(handle())); }

void Sqlite::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

Statement::Statement(const Sqlite& database, const char* sql) : database_(database) {
  sqlite3_stmt* statement = nullptr;
  note(sqlite3_prepare_v2(database.handle(), sql, -1, &statement, nullptr));
  statement_.reset(statement);
}

Statement& Statement::bind(std::uint64_t number) { return bind(static_cast<std::int64_t>(number)); }

Statement& Statement::bind(std::int64_t number) {
  note(sqlite3_bind_int64(statement_.get(), ++bound_, number));
  return *this;
}

// SQLITE_STATIC is 0; SQLite takes an empty view's null pointer for NULL, so it gets a pointer to nothing instead.
Statement& Statement::bind(std::string_view text) {
  const char* const data = text.empty() ? "" : text.data();
  note(sqlite3_bind_text64(statement_.get(), ++bound_, data, text.size(), nullptr, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind(Bytes blob) {
  const void* const data = blob.empty() ? static_cast<const void*>("") : blob.data();
  note(sqlite3_bind_blob64(statement_.get(), ++bound_, data, blob.size(), nullptr));
  return *this;
}

bool Statement::step() {
  if (failed_) return false;
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) failed_ = true;
  return false;
}

Result<void> Statement::run() {
  while (step()) {
  }
  if (failed_) return error();
  return {};
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  bound_ = 0;
}

std::uint64_t Statement::number(int column) const { return static_cast<std::uint64_t>(signed_number(column)); }

std::int64_t Statement::signed_number(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::string_view Statement::text(int column) const {
  const void* const data = sqlite3_column_blob(statement_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return {static_cast<const char*>(data), data == nullptr ? 0 : size};
}

void Statement::note(int code) {
  if (code != SQLITE_OK) failed_ = true;
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Transaction::Transaction(Sqlite& database)
    : database_(database), begun_(database.run("BEGIN IMMEDIATE")), open_(begun_.ok()) {}

Transaction::~Transaction() {
  // A failure that SQLite has already rolled back by itself makes this one fail: both end outside a transaction.
  if (open_) static_cast<void>(database_.run("ROLLBACK").ok());
}

Result<void> Transaction::commit() {
  Result<void> committed = database_.run("COMMIT");
  if (committed.ok()) open_ = false;
  return committed;
}

}  // namespace tidegate::collector
