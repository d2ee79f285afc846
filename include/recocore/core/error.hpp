/// The errors recocore throws: what was wrong, where, and what would be right.
#pragma once

#include <stdexcept>
#include <string>

namespace recocore {

/// Base of all errors. The message is a full sentence for the person who called.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A parameter or a combination of parameters that makes no sense (k = 0, an unknown similarity).
class InvalidParameter : public Error {
 public:
  using Error::Error;
};

/// Data that cannot be used: NaN weights, null ids, malformed rows. Names the row.
class InvalidData : public Error {
 public:
  using Error::Error;
};

/// A matrix that should be positive definite and is not, or not in the precision of the computation. Names the row.
class NotPositiveDefinite : public InvalidData {
 public:
  using InvalidData::InvalidData;
};

/// A table without a column that was asked for. Names those it has.
class MissingColumn : public InvalidData {
 public:
  using InvalidData::InvalidData;
};

/// An id of the wrong kind: text where the data has integers, or both in one column.
class IdTypeError : public Error {
 public:
  using Error::Error;
};

/// A user or item the model does not know, where the caller asked for an error.
class UnknownId : public Error {
 public:
  using Error::Error;
};

/// More users, items or interactions than the format can hold.
class CapacityExceeded : public Error {
 public:
  using Error::Error;
};

/// Cancelled by the caller's stop token. Nothing was changed.
class Cancelled : public Error {
 public:
  Cancelled() : Error("cancelled: nothing was changed") {}
};

/// Not finished by the deadline the caller set. Nothing was changed.
class DeadlineExceeded : public Error {
 public:
  DeadlineExceeded() : Error("not finished by the deadline that was set: nothing was changed") {}
};

/// Needs more memory than the limit the caller set. Thrown before the memory is taken; nothing was changed.
class MemoryLimitExceeded : public Error {
 public:
  using Error::Error;
};

/// A file that cannot be read or written.
class IoError : public Error {
 public:
  using Error::Error;
};

}  // namespace recocore
