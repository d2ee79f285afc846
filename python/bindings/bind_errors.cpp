#include <exception>
#include <string_view>
#include <utility>

#include <recocore/core/error.hpp>

#include "bindings.hpp"

namespace recocore::python {

namespace {

/// The exception of that name in recocore.errors.
void raise(const char* name, const Error& error) {
  const py::object type = py::module_::import("recocore.errors").attr(name);
  // A message may quote an id that is not UTF-8.
  const std::string_view text(error.what());
  const auto message = py::reinterpret_steal<py::object>(
      PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace"));
  PyErr_SetObject(type.ptr(), message.ptr());
}

void translate(std::exception_ptr thrown) {
  try {
    if (thrown) {
      std::rethrow_exception(std::move(thrown));
    }
  } catch (const InvalidParameter& e) {
    raise("InvalidParameterError", e);
  } catch (const MissingColumn& e) {
    raise("MissingColumnError", e);
  } catch (const InvalidData& e) {
    raise("InvalidDataError", e);
  } catch (const IdTypeError& e) {
    raise("IdTypeError", e);
  } catch (const UnknownId& e) {
    raise("UnknownIdError", e);
  } catch (const CapacityExceeded& e) {
    raise("CapacityError", e);
  } catch (const DeadlineExceeded& e) {
    raise("DeadlineExceededError", e);
  } catch (const MemoryLimitExceeded& e) {
    raise("MemoryLimitError", e);
  } catch (const IoError& e) {
    raise("FileError", e);
  } catch (const Error& e) {
    raise("RecocoreError", e);
  }
}

}  // namespace

void bind_errors(py::module_& /*module*/) { py::register_local_exception_translator(translate); }

}  // namespace recocore::python
