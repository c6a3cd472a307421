#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace roundtrip {

/// Base of every exception this project throws on purpose. `what()` is a full
/// sentence for a person: what was wrong, where, and what to do about it.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A `.pt2` archive cannot be read or written. `record()` names the archive
/// record at fault, without the root folder; it is empty when the fault is the
/// archive's as a whole (not a zip file, cannot be opened, disk full).
class ArchiveError : public Error {
 public:
  ArchiveError(std::string record, const std::string& reason)
      : Error(record.empty() ? reason : "record '" + record + "': " + reason),
        record_(std::move(record)) {}

  const std::string& record() const { return record_; }

 private:
  std::string record_;
};

/// A program's graph, signature or tree specification contradicts itself.
class ProgramError : public Error {
 public:
  using Error::Error;
};

/// A program breaks a rule of its dialect, as `ExportedProgram::validate` found.
/// `node()` names the node at fault, `value()` the value; each is empty where the
/// fault is not one node's or one value's.
class VerificationError : public ProgramError {
 public:
  VerificationError(std::string node, std::string value, const std::string& reason)
      : ProgramError(reason), node_(std::move(node)), value_(std::move(value)) {}

  const std::string& node() const { return node_; }
  const std::string& value() const { return value_; }

 private:
  std::string node_;
  std::string value_;
};

/// A program was called with inputs it was not exported for.
class InputError : public Error {
 public:
  using Error::Error;
};

/// A node failed while a program ran: a kernel threw, a runtime assertion did
/// not hold, or the operator may not be called. `node()` is the node's name, `where()` says of
/// which call it is and where that stands, `reason()` what went wrong; `what()` is both.
class ExecutionError : public Error {
 public:
  ExecutionError(std::string node, std::string where, std::string reason)
      : Error(where + ": " + reason),
        node_(std::move(node)),
        where_(std::move(where)),
        reason_(std::move(reason)) {}

  const std::string& node() const { return node_; }
  const std::string& where() const { return where_; }
  const std::string& reason() const { return reason_; }

 private:
  std::string node_;
  std::string where_;
  std::string reason_;
};

/// `export_program` could not turn a model into a program.
class CaptureError : public Error {
 public:
  using Error::Error;
};

/// Something that is valid but that this version does not do.
class UnsupportedError : public Error {
 public:
  using Error::Error;
};

/// A configuration file is wrong; the message starts with `file:line:column:`.
class ConfigError : public Error {
 public:
  using Error::Error;
};

/// A shared library cannot be used as a plugin; the message names its path.
class PluginError : public Error {
 public:
  using Error::Error;
};

}  // namespace roundtrip
