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
recocore_require(libcsv "the CSV reader" "Debian: libcsv-dev.")
recocore_require(Threads "the system's threads" "It comes with the C library.")
