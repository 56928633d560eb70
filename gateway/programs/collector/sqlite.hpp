#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/base/bytes.hpp"
#include "gateway/base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace tidegate::collector {

/// A connection to a SQLite database, and what its errors mean here. One thread at a time.
class Sqlite {
 public:
  /// Creates the file where it is missing, unless `read_only`.
  static Result<Sqlite> open(const std::string& path, bool read_only);

  Result<void> run(const char* sql);
  /// The last failure of this connection: kNoSpace, kReadOnly, kIo, kCorrupt, kUnavailable (somebody else holds the
  /// lock).
  [[nodiscard]] Error last_error() const;
  [[nodiscard]] std::uint64_t changes() const;
  [[nodiscard]] sqlite3* handle() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  explicit Sqlite(sqlite3* handle) : handle_(handle) {}
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A statement with its parameters, bound from the left. What is bound must live until the statement ends.
class Statement {
 public:
  Statement(const Sqlite& database, const char* sql);

  Statement& bind(std::uint64_t number);
  Statement& bind(std::int64_t number);
  Statement& bind(std::string_view text);
  Statement& bind(Bytes blob);

  /// True: a row is there. False: done, or failed: see failed().
  bool step();
  /// Runs to the end.
  Result<void> run();
  /// Ready to be bound and run again.
  void reset();
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] Error error() const { return database_.last_error(); }

  [[nodiscard]] std::uint64_t number(int column) const;
  [[nodiscard]] std::int64_t signed_number(int column) const;
  /// Of text or a blob; valid until the next step().
  [[nodiscard]] std::string_view text(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  void note(int code);

  const Sqlite& database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bound_ = 0;
  bool failed_ = false;
};

/// A write transaction: rolled back unless commit() returned ok.
class Transaction {
 public:
  explicit Transaction(Sqlite& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// Whether it could begin.
  [[nodiscard]] const Result<void>& begun() const { return begun_; }
  Result<void> commit();

 private:
  Sqlite& database_;
  Result<void> begun_;
  bool open_;
};

}  // namespace tidegate::collector
