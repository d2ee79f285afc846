#include "status.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <string_view>

#include <recocore/core/config.hpp>

namespace recocore::capi {

namespace {

/// Below this a cut would be in the middle of a character: UTF-8's second bytes and later are 10xxxxxx.
[[nodiscard]] std::size_t cut_before(std::string_view text, std::size_t length) noexcept {
  if (length >= text.size()) {
    return text.size();
  }
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) {
    --length;
  }
  return length;
}

void write_error(recocore_error* error, recocore_status code, std::string_view message) noexcept {
  constexpr std::size_t begin = offsetof(recocore_error, message);
  if (error == nullptr || error->size <= begin) {
    return;
  }
  error->code = code;
  const std::size_t room = std::min(error->size, sizeof(recocore_error)) - begin;
  // A message of ours has no NUL, but an id in it may.
  const std::size_t length = cut_before(message, room - 1);
  if (length > 0) {  // an empty view may have no data, which memcpy must not be given
    std::memcpy(error->message, message.data(), length);
  }
  std::replace(error->message, error->message + length, '\0', ' ');
  error->message[length] = '\0';
}

constexpr std::array<const char*, 15> status_names{"RECOCORE_OK",
                                                   "RECOCORE_INVALID_ARGUMENT",
                                                   "RECOCORE_INVALID_PARAMETER",
                                                   "RECOCORE_INVALID_DATA",
                                                   "RECOCORE_MISSING_COLUMN",
                                                   "RECOCORE_ID_TYPE",
                                                   "RECOCORE_UNKNOWN_ID",
                                                   "RECOCORE_CAPACITY_EXCEEDED",
                                                   "RECOCORE_CANCELLED",
                                                   "RECOCORE_DEADLINE_EXCEEDED",
                                                   "RECOCORE_MEMORY_LIMIT_EXCEEDED",
                                                   "RECOCORE_IO",
                                                   "RECOCORE_OUT_OF_MEMORY",
                                                   "RECOCORE_UNSUPPORTED",
                                                   "RECOCORE_INTERNAL"};

/// Runs `handler(status, message)` for the exception that is being handled, the most special types first.
template <class Handler>
[[nodiscard]] recocore_status translate(const Handler& handler) noexcept {
  try {
    throw;
  } catch (const InvalidArgument& e) {
    return handler(RECOCORE_INVALID_ARGUMENT, e.what());
  } catch (const Unsupported& e) {
    return handler(RECOCORE_UNSUPPORTED, e.what());
  } catch (const InvalidParameter& e) {
    return handler(RECOCORE_INVALID_PARAMETER, e.what());
  } catch (const MissingColumn& e) {
    return handler(RECOCORE_MISSING_COLUMN, e.what());
  } catch (const InvalidData& e) {
    return handler(RECOCORE_INVALID_DATA, e.what());
  } catch (const IdTypeError& e) {
    return handler(RECOCORE_ID_TYPE, e.what());
  } catch (const UnknownId& e) {
    return handler(RECOCORE_UNKNOWN_ID, e.what());
  } catch (const CapacityExceeded& e) {
    return handler(RECOCORE_CAPACITY_EXCEEDED, e.what());
  } catch (const Cancelled& e) {
    return handler(RECOCORE_CANCELLED, e.what());
  } catch (const DeadlineExceeded& e) {
    return handler(RECOCORE_DEADLINE_EXCEEDED, e.what());
  } catch (const MemoryLimitExceeded& e) {
    return handler(RECOCORE_MEMORY_LIMIT_EXCEEDED, e.what());
  } catch (const IoError& e) {
    return handler(RECOCORE_IO, e.what());
  } catch (const std::filesystem::filesystem_error& e) {
    return handler(RECOCORE_IO, e.what());
  } catch (const std::bad_alloc&) {
    return handler(RECOCORE_OUT_OF_MEMORY, "the system gave no memory: nothing was changed");
  } catch (const std::length_error&) {
    // A container of more elements than there are addresses.
    return handler(RECOCORE_OUT_OF_MEMORY, "this needs more memory than there are addresses: nothing was changed");
  } catch (const std::exception& e) {
    return handler(RECOCORE_INTERNAL, e.what());
  } catch (...) {
    return handler(RECOCORE_INTERNAL, "something was thrown that is no error of recocore's");
  }
}

}  // namespace

recocore_status report_exception(recocore_error* error) noexcept {
  return translate([error](recocore_status status, const char* message) noexcept {
    write_error(error, status, message);
    return status;
  });
}

void report_success(recocore_error* error) noexcept { write_error(error, RECOCORE_OK, {}); }

}  // namespace recocore::capi

const char* recocore_version(void) { return RECOCORE_VERSION; }

int32_t recocore_abi_version(void) { return RECOCORE_ABI_MAJOR * 1000 + RECOCORE_ABI_MINOR; }

const char* recocore_status_name(recocore_status status) {
  const auto& names = recocore::capi::status_names;
  return status >= 0 && static_cast<std::size_t>(status) < names.size() ? names[static_cast<std::size_t>(status)]
                                                                        : "unknown";
}
