# All install rules: libraries and headers, the CMake package, pkg-config files, the licence.
include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/recocore")
set(pkgconfig_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

# One export a component, so that linking the library does not ask for what only header-only mode needs.
install(TARGETS recocore EXPORT recocore-compiled FILE_SET HEADERS FILE_SET bodies)
install(TARGETS recocore_headers EXPORT recocore-headers FILE_SET HEADERS FILE_SET bodies)
set(components compiled headers)
if(RECOCORE_BUILD_C)
  install(TARGETS recocore_c EXPORT recocore-c FILE_SET HEADERS)
  list(APPEND components c)
endif()
foreach(component IN LISTS components)
  install(EXPORT recocore-${component} NAMESPACE recocore:: DESTINATION "${package_dir}")
endforeach()

configure_package_config_file(
  cmake/recocoreConfig.cmake.in recocoreConfig.cmake INSTALL_DESTINATION "${package_dir}"
)
write_basic_package_version_file(recocoreConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(
  FILES
    "${PROJECT_BINARY_DIR}/recocoreConfig.cmake"
    "${PROJECT_BINARY_DIR}/recocoreConfigVersion.cmake"
    cmake/Findlibcsv.cmake
    cmake/Findutf8proc.cmake
  DESTINATION "${package_dir}"
)

# The prefix is relative to the .pc file: what is installed can be moved.
file(RELATIVE_PATH pc_prefix "/${pkgconfig_dir}" "/")
string(REGEX REPLACE "/$" "" pc_prefix "${pc_prefix}")
# Who links the static library must link what it uses; a shared one brings that itself.
if(BUILD_SHARED_LIBS)
  set(pc_requires "Requires.private: tbb libhwy")
  set(pc_libs "Libs: -L\${libdir} -lrecocore++\nLibs.private: -lcsv -lutf8proc -pthread")
else()
  set(pc_requires "Requires: tbb libhwy")
  set(pc_libs "Libs: -L\${libdir} -lrecocore++ -lcsv -lutf8proc -pthread")
  if(RECOCORE_USES_FAISS)
    get_target_property(faiss_needs faiss INTERFACE_LINK_LIBRARIES)
    list(FILTER faiss_needs EXCLUDE REGEX "OpenMP")
    list(REMOVE_DUPLICATES faiss_needs)
    list(JOIN faiss_needs " " faiss_needs)
    list(JOIN OpenMP_CXX_LIBRARIES " " openmp_libraries)
    string(APPEND pc_libs " -lfaiss ${faiss_needs} ${openmp_libraries}")
  endif()
endif()
set(pc_names recocore recocore-headers)
if(RECOCORE_BUILD_C)
  list(APPEND pc_names recocore-c)
endif()
foreach(name IN LISTS pc_names)
  configure_file(cmake/${name}.pc.in ${name}.pc @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${name}.pc" DESTINATION "${pkgconfig_dir}")
endforeach()

install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")
