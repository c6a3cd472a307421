#pragma once

#include <roundtrip/error.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace roundtrip {

/// An error that SQLite has reported.
class DatabaseError : public Error {
 public:
  DatabaseError(int code, const std::string& message) : Error(message), code_(code) {}

  /// Of a file that SQLite can read, and that holds something else.
  static DatabaseError damage(const std::string& file);

  /// Whether the file is no database, or one that has been damaged.
  bool is_damage() const;

 private:
  int code_;
};

/// An open database file, for one process and thread: it must not be open across a fork.
class Database {
 public:
  enum class Access { existing, create };

  /// Opens an existing file, or creates it. If another process has locked the file, calls wait for
  /// this long. Throws DatabaseError.
  Database(const std::filesystem::path& file, Access access, int timeout_ms);

  /// Runs statements that take and give nothing.
  void run(const char* sql);

  sqlite3* get() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

/// One statement, to be run any number of times. All calls throw DatabaseError.
class Statement {
 public:
  Statement(const Database& database, const std::string& sql);

  /// Starts again with these values for the statement's `?`.
  template <typename... Values>
  Statement& with(const Values&... values) {
    reset();
    int index = 0;
    (bind(++index, values), ...);
    return *this;
  }

  /// To the next row; false when there is none.
  bool next();
  /// Runs the statement to its end and ignores its rows.
  void finish();

  // Columns of the row, counted from 0.
  std::int64_t integer(int column) const;
  double number(int column) const;
  std::string text(int column) const;

 private:
  void reset();
  void bind(int index, std::int64_t value);
  void bind(int index, int value) { bind(index, std::int64_t{value}); }
  void bind(int index, std::size_t value) { bind(index, static_cast<std::int64_t>(value)); }
  void bind(int index, bool value) { bind(index, std::int64_t{value}); }
  void bind(int index, double value);
  void bind(int index, std::string_view value);

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// Changes that are made together: all of them, once `commit` is called, or none. Waits until no
/// other process writes.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit();

 private:
  Database& database_;
  bool is_open_ = true;
};

}  // namespace roundtrip
