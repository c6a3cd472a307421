#include "runner/history/sqlite.h"

#include <sqlite3.h>

namespace roundtrip {

namespace {

/// The low byte of a result code says what went wrong, the others in which call.
constexpr int kPrimaryCode = 0xff;

/// What a person can make of it; SQLite's own words for the rest.
std::string reason_for(sqlite3* database, int code) {
  switch (code & kPrimaryCode) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "is damaged";
    case SQLITE_BUSY:
      return "is locked by another process";
    case SQLITE_CANTOPEN:
      return "cannot be opened";
    case SQLITE_READONLY:
      return "cannot be written";
    case SQLITE_FULL:
      return "cannot be written: the disk is full";
    default:
      return std::string("cannot be used: ") + sqlite3_errmsg(database);
  }
}

void check(sqlite3* database, int code) {
  if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return;
  const char* file = sqlite3_db_filename(database, "main");
  throw DatabaseError(code,
                      std::string(file ? file : "the history") + " " + reason_for(database, code));
}

}  // namespace

DatabaseError DatabaseError::damage(const std::string& file) {
  return {SQLITE_NOTADB, file + " is damaged"};
}

bool DatabaseError::is_damage() const {
  const int code = code_ & kPrimaryCode;
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

void Database::Close::operator()(sqlite3* handle) const {
  sqlite3_close(handle);
}

Database::Database(const std::filesystem::path& file, Access access, int timeout_ms) {
  const int flags = SQLITE_OPEN_READWRITE | (access == Access::create ? SQLITE_OPEN_CREATE : 0);
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &handle, flags, nullptr);
  handle_.reset(handle);
  check(handle, code);
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, timeout_ms);
  // The file may hold anything: pages are checked as they are read, and its schema runs nothing.
  run("PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF");
}

void Database::run(const char* sql) {
  check(get(), sqlite3_exec(get(), sql, nullptr, nullptr, nullptr));
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Statement::Statement(const Database& database, const std::string& sql) : database_(database.get()) {
  sqlite3_stmt* statement = nullptr;
  check(database_, sqlite3_prepare_v2(database_, sql.c_str(), static_cast<int>(sql.size()),
                                      &statement, nullptr));
  statement_.reset(statement);
}

bool Statement::next() {
  const int code = sqlite3_step(statement_.get());
  check(database_, code);
  return code == SQLITE_ROW;
}

void Statement::finish() {
  while (next()) {
  }
}

void Statement::reset() {
  sqlite3_reset(statement_.get());  // it repeats the error of the last step, which was thrown
}

void Statement::bind(int index, std::int64_t value) {
  check(database_, sqlite3_bind_int64(statement_.get(), index, value));
}

void Statement::bind(int index, double value) {
  check(database_, sqlite3_bind_double(statement_.get(), index, value));
}

void Statement::bind(int index, std::string_view value) {
  check(database_, sqlite3_bind_text64(statement_.get(), index, value.data(), value.size(),
                                       SQLITE_TRANSIENT, SQLITE_UTF8));
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double Statement::number(int column) const {
  return sqlite3_column_double(statement_.get(), column);
}

std::string Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return text == nullptr ? "" : std::string(text, size);
}

Transaction::Transaction(Database& database) : database_(database) {
  database_.run("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  // An error may have rolled it back already, which makes this one an error that nobody needs.
  if (is_open_) sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.run("COMMIT");
  is_open_ = false;
}

}  // namespace roundtrip
