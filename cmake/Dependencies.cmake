# Finds what recocore needs, and says how to get what is missing.
list(APPEND CMAKE_MODULE_PATH "${CMAKE_CURRENT_LIST_DIR}")

macro(recocore_require package purpose how)
  find_package(${package} QUIET ${ARGN})
  if(NOT ${package}_FOUND)
    message(FATAL_ERROR "recocore needs ${package} (${purpose}), which was not found.\n${how}\n"
                        "If it is installed in an unusual place, add that to CMAKE_PREFIX_PATH.")
  endif()
endmacro()

recocore_require(TBB "oneTBB, for parallel fitting" "Debian: libtbb-dev. PyPI: tbb-devel." CONFIG)
recocore_require(cereal "serialization in the model file" "Debian: libcereal-dev." CONFIG)
recocore_require(hwy "Highway, vector instructions chosen at run time" "Debian: libhwy-dev." CONFIG)
recocore_require(Eigen3 "dense linear algebra" "Debian: libeigen3-dev." 3.4 CONFIG)
recocore_require(pegtl "the parser of filters" "Debian: tao-pegtl-dev." 3.2 CONFIG)
recocore_require(libcsv "the CSV reader" "Debian: libcsv-dev.")
recocore_require(utf8proc "Unicode, for what texts have in common" "Debian: libutf8proc-dev.")
recocore_require(Threads "the system's threads" "It comes with the C library.")

# Faiss brings its static library, and needs OpenMP and BLAS to link it.
set(RECOCORE_USES_FAISS OFF)
if(RECOCORE_WITH_FAISS)
  set(how_to_get_faiss "Debian: libfaiss-dev libopenblas-dev. conda-forge: faiss.")
  find_package(OpenMP QUIET COMPONENTS CXX)
  find_package(BLAS QUIET)
  if(OpenMP_CXX_FOUND AND BLAS_FOUND)
    find_package(faiss QUIET CONFIG)
  endif()
  if(faiss_FOUND)
    set(RECOCORE_USES_FAISS ON)
    message(STATUS "recocore: vector indexes of Faiss ${faiss_VERSION}")
  elseif(RECOCORE_WITH_FAISS STREQUAL "AUTO")
    message(STATUS "recocore: no vector indexes of Faiss, only exact ones: it was not found, or OpenMP or BLAS was not. "
                   "${how_to_get_faiss}")
  else()
    message(FATAL_ERROR "RECOCORE_WITH_FAISS needs Faiss with OpenMP and BLAS (found: Faiss '${faiss_FOUND}', OpenMP "
                        "'${OpenMP_CXX_FOUND}', BLAS '${BLAS_FOUND}').\n${how_to_get_faiss}\n"
                        "If it is installed in an unusual place, add that to CMAKE_PREFIX_PATH.")
  endif()
endif()
include(CheckLinkerFlag)
check_linker_flag(CXX LINKER:--exclude-libs,ALL RECOCORE_CAN_EXCLUDE_LIBS)
