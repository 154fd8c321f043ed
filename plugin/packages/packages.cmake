# Packages of the plugin: cpack -G DEB or cpack -G RPM in the build folder.
#
# A module works with one minor version of Wireshark only. Both package tools find that out from what the module is
# linked to (the ABI number of libwireshark is another one in every minor version); the ranges here say it in plain
# numbers.
#
# SPDX-License-Identifier: GPL-2.0-or-later

math(EXPR next_minor "${Wireshark_MINOR_VERSION} + 1")
set(next_version ${Wireshark_MAJOR_VERSION}.${next_minor})

set(CPACK_PACKAGE_NAME wireshark-wsus)
set(CPACK_PACKAGE_VENDOR "Windows Update dissector for Wireshark")
if(NOT CPACK_PACKAGE_CONTACT)
  set(CPACK_PACKAGE_CONTACT "Windows Update dissector <root@localhost>")
endif()
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Windows Update dissector for Wireshark ${version_dir}")
set(CPACK_PACKAGE_DESCRIPTION
  "Reads Windows Update and WSUS exchanges in captures and names every Windows error code in them.
With the command wuerr, which looks up such codes, and the Wireshark profile Windows Update.")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_CURRENT_SOURCE_DIR}/COPYING)
set(CPACK_PACKAGING_INSTALL_PREFIX ${Wireshark_INSTALL_PREFIX})
set(CPACK_STRIP_FILES ON)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_RELEASE ws${version_dir})
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libwireshark-data (>= ${version_dir}), libwireshark-data (<< ${next_version}~)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "tshark | wireshark")
set(CPACK_DEBIAN_PACKAGE_ENHANCES "wireshark, tshark")
find_program(DPKG_SHLIBDEPS dpkg-shlibdeps)
find_program(FILE_PROGRAM file)
mark_as_advanced(DPKG_SHLIBDEPS FILE_PROGRAM)
if(DPKG_SHLIBDEPS AND FILE_PROGRAM)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
else()
  message(STATUS "A DEB will name no libraries that it depends on: that takes the packages dpkg-dev and file")
endif()

set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_LICENSE GPL-2.0-or-later)
set(CPACK_RPM_PACKAGE_RELEASE ws${version_dir})
string(CONCAT CPACK_RPM_PACKAGE_REQUIRES # the package of tshark is called wireshark-cli or wireshark, by distribution
  "((wireshark-cli >= ${version_dir} with wireshark-cli < ${next_version})"
  " or (wireshark >= ${version_dir} with wireshark < ${next_version}))")
set(folder ${Wireshark_PLUGIN_INSTALL_DIR}/epan) # folders that belong to Wireshark or the system
foreach(parent epan version plugins wireshark libdir)
  list(APPEND CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION ${folder})
  get_filename_component(folder ${folder} DIRECTORY)
endforeach()
foreach(folder wireshark wireshark/profiles man man/man1)
  list(APPEND CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION ${Wireshark_INSTALL_PREFIX}/share/${folder})
endforeach()

include(CPack)
