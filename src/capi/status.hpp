/// Where C++ ends: exceptions become statuses.
#pragma once

#include <string>

#include <recocore/core/error.hpp>
#include <recocore/recocore.h>

namespace recocore::capi {

/// A mistake in the calling program.
class InvalidArgument : public Error {
 public:
  using Error::Error;
};

/// A struct of a newer header asks for something.
class Unsupported : public Error {
 public:
  using Error::Error;
};

/// @throws InvalidArgument when it is null. @param what the name of the parameter.
template <class T>
void require(const T* pointer, const char* what) {
  if (pointer == nullptr) {
    throw InvalidArgument(std::string(what) + " must not be NULL");
  }
}

/// The status of the exception that is being handled; its message goes to `error`. Allocates nothing.
[[nodiscard]] recocore_status report_exception(recocore_error* error) noexcept;
/// Says that all is well.
void report_success(recocore_error* error) noexcept;

/// Runs the body of a function of the C interface.
template <class Work>
[[nodiscard]] recocore_status guarded(recocore_error* error, const Work& work) noexcept {
  try {
    work();
  } catch (...) {
    return report_exception(error);
  }
  report_success(error);
  return RECOCORE_OK;
}

}  // namespace recocore::capi
