# How our own code is compiled. Nothing here reaches a consumer.
add_library(recocore_developer INTERFACE)

if(RECOCORE_DEVELOPER)
  target_compile_options(recocore_developer INTERFACE $<$<CXX_COMPILER_ID:GNU,Clang,AppleClang>:
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Werror
  >)
  # GCC 12 takes inlined string concatenation for overlapping copies (GCC bug 105651).
  target_compile_options(recocore_developer INTERFACE
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
  )
  find_program(RECOCORE_CCACHE ccache)
  mark_as_advanced(RECOCORE_CCACHE)
  if(RECOCORE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${RECOCORE_CCACHE}")
  endif()
endif()

if(RECOCORE_SANITIZE)
  target_compile_options(recocore_developer INTERFACE
    -fsanitize=${RECOCORE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
  )
  target_link_options(recocore_developer INTERFACE -fsanitize=${RECOCORE_SANITIZE})
endif()
if(RECOCORE_SANITIZE STREQUAL "thread")
  # ThreadSanitizer of older compilers cannot place its shadow memory when the kernel randomises addresses widely.
  execute_process(COMMAND setarch -R true RESULT_VARIABLE setarch_failed OUTPUT_QUIET ERROR_QUIET)
  if(NOT setarch_failed)
    set(CMAKE_CROSSCOMPILING_EMULATOR setarch -R)
  endif()
endif()
